"""Appends to Kafka with an idempotent producer, and answers after every in-sync replica has the record.

Law: APPENDED means durable. A record that was answered otherwise may still arrive later; its id makes that harmless.

librdkafka gathers the records of concurrent requests into batches. One thread waits for its reports and wakes the event loop once
for all that came together; everything else happens on the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from threading import Event, Thread
from time import monotonic
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from events.placement import partition_of
from ingest.record import Outcome, Record
from ingest.settings import GatewaySettings

log = logging.getLogger(__name__)

LINGER_MS = 3
POLL_S = 0.5
"""How long the thread waits for a report at most, so that it can end."""
CHECK_S = 10.0
"""Between two looks at the partition count."""
AWAY_CHECK_S = 0.5
FIRST_LOOK_S = 0.5
"""A broker that is there answers within this; without one the doors open all the same, for what nobody sends again."""
CLOSE_S = 5.0
_CLOSING_S = 0.01
MAX_RECORD_BYTES = 2_000_000
"""A dead letter holds a whole request and its headers."""

_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})


_place = lru_cache(maxsize=4096)(partition_of)
"""An account stays where it is, and the hash is a loop."""


class _Pending:
    """One append on its way: its future is answered by the last report, the first failure or the deadline."""

    __slots__ = ("_deadline", "_missing", "answer")

    def __init__(self, records: int, loop: asyncio.AbstractEventLoop, within_s: float) -> None:
        self.answer: asyncio.Future[Outcome] = loop.create_future()
        self._missing = records
        self._deadline = loop.call_later(within_s, self.settle, Outcome.AWAY)

    def settle(self, outcome: Outcome) -> None:
        if not self.answer.done():
            self._deadline.cancel()
            self.answer.set_result(outcome)

    def report(self, error: KafkaError | None) -> None:
        if error is not None:
            self.settle(Outcome.TOO_LARGE if error.code() in _TOO_LARGE else Outcome.AWAY)
            return
        self._missing -= 1
        if not self._missing:
            self.settle(Outcome.APPENDED)


class KafkaLog:
    """One producer for all topics; belongs to one event loop."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._producer: Producer | None = None
        self._partitions = 0
        """Of `ticket-events`, which `dead-letters` follows; 0 until the broker has said."""
        self._reachable: bool | None = None
        """None until the first look, so that the first answer is logged, whichever it is."""
        self._reports: list[tuple[_Pending, KafkaError | None]] = []
        """Of the thread alone, until it hands them over."""
        self._watch: asyncio.Task[None] | None = None
        self._thread: Thread | None = None
        self._ending = Event()

    async def open(self) -> None:
        """Also without a broker: then appends are AWAY until there is one."""
        loop = asyncio.get_running_loop()
        self._producer = self._new_producer(loop)
        self._thread = Thread(target=self._collect, args=(loop,), name="kafka reports", daemon=True)
        self._thread.start()
        first = asyncio.create_task(self._look())
        await asyncio.wait([first], timeout=FIRST_LOOK_S)
        self._watch = asyncio.create_task(self._keep_looking(first))

    def is_reachable(self) -> bool:
        return bool(self._reachable) and self._partitions > 0

    async def append(self, records: Sequence[Record]) -> Outcome:
        producer = self._producer
        if producer is None or not self._partitions:
            return Outcome.AWAY
        loop = asyncio.get_running_loop()
        pending = _Pending(len(records), loop, self._settings.limits.append_s)
        report = partial(self._reported, pending)
        for record in records:
            try:
                producer.produce(
                    self._settings.prefix + record.topic,
                    value=record.value,
                    key=record.key,
                    partition=_place(record.account, self._partitions),
                    timestamp=record.timestamp_ms,
                    headers=list(record.headers) or None,
                    on_delivery=report,
                )
            except BufferError:
                pending.settle(Outcome.FULL)
                break
            except KafkaException as error:
                pending.report(error.args[0])
                break
        return await pending.answer

    async def close(self) -> None:
        """What is on its way has CLOSE_S to arrive; what has not by then was answered, or will be, as AWAY."""
        if self._watch is not None:
            self._watch.cancel()
        end_s = monotonic() + CLOSE_S
        while self._producer is not None and len(self._producer) and monotonic() < end_s:  # noqa: ASYNC110 - nobody sets an event
            await asyncio.sleep(_CLOSING_S)
        self._ending.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _collect(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: reports, in the order in which they came, to the loop."""
        while not self._ending.is_set():
            if self._producer is not None:
                self._producer.poll(POLL_S)
            if self._reports:
                reports, self._reports = self._reports, []
                loop.call_soon_threadsafe(_hand_over, reports)

    def _reported(self, pending: _Pending, error: KafkaError | None, _message: object) -> None:
        self._reports.append((pending, error))

    async def _keep_looking(self, first: asyncio.Task[None]) -> None:
        await first
        looked_at = monotonic()
        while True:
            await asyncio.sleep(AWAY_CHECK_S)
            if not self.is_reachable() or monotonic() - looked_at >= CHECK_S:
                await self._look()
                looked_at = monotonic()

    async def _look(self) -> None:
        """Asks the broker for the partition count; a changed one means a log made anew, and holds from now on."""
        if self._producer is None:
            return
        topic = self._settings.prefix + "ticket-events"
        try:
            answer = await asyncio.to_thread(self._producer.list_topics, topic, self._settings.limits.append_s)
        except KafkaException as error:
            self._away(error.args[0])
            return
        found = answer.topics[topic]
        if found.error is not None:
            self._away(found.error)
            self._partitions = 0
            return
        if self._partitions and self._partitions != len(found.partitions):
            log.warning("partitions_changed topic=%s from=%d to=%d", topic, self._partitions, len(found.partitions))
        self._partitions = len(found.partitions)
        if not self._reachable:
            self._reachable = True
            log.info("broker_reachable topic=%s partitions=%d", topic, self._partitions)

    def _away(self, error: KafkaError) -> None:
        if self._reachable is not False:
            hint = ": create the topics with `deskpulse topics`" if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART else ""
            log.warning("broker_away error=%s%s", error.name(), hint)
        self._reachable = False

    def _failed(self, error: KafkaError, loop: asyncio.AbstractEventLoop) -> None:
        """A fatal error ends a producer for good: another one takes over, and what the old one held was answered as AWAY."""
        if error.fatal():
            log.error("producer_replaced error=%s", error.name())
            self._producer = self._new_producer(loop)
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - librdkafka's own codes have no public name
            self._away(error)

    def _new_producer(self, loop: asyncio.AbstractEventLoop) -> Producer:
        def failed(error: KafkaError) -> None:
            # Called by the thread.
            loop.call_soon_threadsafe(self._failed, error, loop)

        return Producer({**self._settings.client, **_settings_of(self._settings.limits.buffered_records), "error_cb": failed})


def _hand_over(reports: list[tuple[_Pending, KafkaError | None]]) -> None:
    for pending, error in reports:
        pending.report(error)


def _settings_of(buffered_records: int) -> Mapping[str, Any]:
    return {
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": LINGER_MS,
        "compression.type": "lz4",
        "message.max.bytes": MAX_RECORD_BYTES,
        "queue.buffering.max.messages": buffered_records,
        "queue.buffering.max.kbytes": 131_072,
        # Longer than anybody waits for an answer: a broker that restarts still gets what a vendor may not send again.
        "message.timeout.ms": 30_000,
        "request.timeout.ms": 5_000,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "socket.keepalive.enable": True,
        # What matters of its log reaches the error callback.
        "log_level": 0,
    }
