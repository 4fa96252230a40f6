"""Reads what a fold is restored from: one partition of each state topic, committed records only, to its very end.

Blocking: call it from a thread. Between two slices it looks whether it is still wanted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition
from msgspec import msgpack

from events.derived import PositionRecord
from streams.contract import STATE_TOPICS, Fold
from streams.crash_points import CrashPoints

_SLICE = 10_000
_SLICE_S = 0.02
_CALL_S = 10.0
_PAUSE_S = 0.1
_TAIL = 1_000
"""Every flush writes the position, so it stands near the end."""
_SETTINGS: dict[str, Any] = {
    # Required by the client; nothing joins it and nothing is committed.
    "group.id": "deskpulse-load",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "isolation.level": "read_committed",
    # The only true end: a transaction's marker takes an offset and is never delivered.
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    # At its default of 500 every load takes half a second, and a full queue stops fetching for one.
    "fetch.wait.max.ms": 10,
    "fetch.queue.backoff.ms": 10,
    "log_level": 0,
}
_WAIT_FOR_BROKER = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE})  # noqa: SLF001 - librdkafka's own codes have no public name


class LoadError(Exception):
    """State could not be read."""


class StateReader:
    """A consumer of one partition's state topics, in no group."""

    def __init__(
        self,
        client: Mapping[str, Any],
        prefix: str,
        partition: int,
        cancelled: threading.Event,
        deadline_s: float,
    ) -> None:
        self._consumer = Consumer({**_SETTINGS, **client})
        self._prefix = prefix
        self._partition = partition
        self._cancelled = cancelled
        self._deadline_s = deadline_s
        # Unasked, the client finds out about a topic half a second after it was assigned.
        self._consumer.list_topics(timeout=deadline_s)

    def close(self) -> None:
        self._consumer.close()

    def restore(self, fold: Fold, read: Callable[[int], None], crash_points: CrashPoints) -> bool:
        """All state topics to their ends; False if it was cancelled on the way. `read` is told every slice's size."""
        for topic in STATE_TOPICS:
            restore = fold.restore
            for messages in self._slices(topic, OFFSET_BEGINNING):
                for message in messages:
                    restore(topic, message.key() or b"", message.value())
                read(len(messages))
                crash_points.reached("during_load")
            if self._cancelled.is_set():
                return False
        fold.restored()
        return True

    def last_position(self) -> PositionRecord | None:
        """The position as committed last, read from the end; None if it does not stand there."""
        key = f"position/{self._partition}".encode()
        low, high = self._bounds("fold-state")
        found = None
        for messages in self._slices("fold-state", max(low, high - _TAIL)):
            for message in messages:
                if message.key() == key and message.value() is not None:
                    found = msgpack.decode(message.value(), type=PositionRecord)
        return None if self._cancelled.is_set() else found

    def log_bounds(self) -> tuple[int, int]:
        """The first offset of `ticket-events`, and the one after its last."""
        return self._bounds("ticket-events")

    def _bounds(self, topic: str) -> tuple[int, int]:
        end_s = time.monotonic() + self._deadline_s
        while True:
            try:
                low, high = self._consumer.get_watermark_offsets(self._topic_partition(topic), _CALL_S, cached=False)
            except KafkaException as error:
                # A partition that is being given another leader answers again soon.
                if not error.args[0].retriable() or self._cancelled.wait(_PAUSE_S) or time.monotonic() > end_s:
                    raise
            else:
                return low, high

    def _slices(self, topic: str, start: int) -> Iterator[list[Message]]:
        """Records up to the end that the topic has now; stops early when cancelled."""
        self._consumer.assign([self._topic_partition(topic, start)])
        patience_s = time.monotonic() + self._deadline_s
        at_end = False
        while not at_end and not self._cancelled.is_set():
            messages = []
            for message in self._consumer.consume(_SLICE, _SLICE_S):
                error = message.error()
                if error is None:
                    messages.append(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - as above
                    at_end = True
                elif error.code() not in _WAIT_FOR_BROKER and not error.retriable():
                    raise LoadError(
                        f"{self._prefix}{topic}/{self._partition} cannot be read: {error.str()}. Does the topic exist?"
                    )
            if messages:
                patience_s = time.monotonic() + self._deadline_s
                yield messages
            elif not at_end and time.monotonic() > patience_s:
                raise LoadError(
                    f"{self._prefix}{topic}/{self._partition}: nothing came within {self._deadline_s:g} s. Is the broker up?"
                )

    def _topic_partition(self, topic: str, offset: int = 0) -> TopicPartition:
        return TopicPartition(self._prefix + topic, self._partition, offset)


def is_world_trouble(error: BaseException) -> bool:
    """The broker did not answer: starting again may help."""
    return isinstance(error, LoadError | KafkaException)
