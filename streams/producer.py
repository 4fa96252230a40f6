"""The transactions of one partition. Law: a flush is seen whole or not at all, and what was refused is sent again unchanged.

The transactional id belongs to the partition: once `fence` returned, whoever owned it before can commit nothing.
Blocking: call it from a thread, one call at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from streams.crash_points import CrashPoints
from streams.logs import Log
from streams.results import Result

log = Log(__name__)

_CALL_S = 5.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_SETTINGS: dict[str, Any] = {
    "transaction.timeout.ms": 60_000,
    # A flush is queued whole; at the default limit of 100,000 it would fail.
    "queue.buffering.max.messages": 2_000_000,
    "queue.buffering.max.kbytes": 1_048_576,
    # Of one record, before compression; the topics bound it after that (`schemas/topics.yaml`).
    "message.max.bytes": 33_554_432,
    # Large requests while a flush is queued; the commit sends the rest at once.
    "linger.ms": 20,
    # As the state topics have it, so that the broker need not compress again.
    "compression.type": "zstd",
    "compression.level": 1,
    # The commit answers for all records; a report for each would be called from Python.
    "delivery.report.only.error": True,
    "log_level": 0,
}
_TAKEN_OVER = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})  # noqa: SLF001 - librdkafka's own codes have no public name


_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})
_ADVICE = ". Compare the topics' max.message.bytes with what is declared: deskpulse topics"


class Outcome(Enum):
    COMMITTED = "whole, and visible"
    FENCED = "another owns the partition, nothing was written"
    ABANDONED = "given up by its owner, nothing was written"


class OverdueError(Exception):
    """The broker did not decide a transaction in time. The process ends and folds again from the position."""


class PartitionProducer:
    """Commits the flushes of one partition, each to the partition of the same number."""

    def __init__(
        self,
        client: Mapping[str, Any],
        transactional_id: str,
        partition: int,
        prefix: str,
        deadline_s: float,
        crash_points: CrashPoints,
    ) -> None:
        self._producer = Producer({**_SETTINGS, **client, "transactional.id": transactional_id})
        self._partition = partition
        self._prefix = prefix
        self._deadline_s = deadline_s
        self._crash_points = crash_points
        self._abandoned = threading.Event()
        self._is_fenced = False
        self.aborted = 0
        """Transactions that were sent again."""

    def abandon(self) -> None:
        """From any thread: whatever is under way ends at its next turn, and nothing begins anew."""
        self._abandoned.set()

    def fence(self) -> Outcome:
        """After COMMITTED no older owner can commit, and its unfinished transaction is decided."""
        return self._until_decided(lambda: self._producer.init_transactions(_CALL_S))

    def commit(self, results: Sequence[Result]) -> Outcome:
        """All of it in one transaction; after an abort the same values again, until the deadline."""
        if self._is_fenced:
            return Outcome.FENCED
        end_s = time.monotonic() + self._deadline_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return self._transaction(results)
            except KafkaException as refused:
                error: KafkaError = refused.args[0]
                if _is_taken_over(error):
                    return self._fenced(error)
                if self._aborted(error) is Outcome.FENCED:
                    return Outcome.FENCED
                if time.monotonic() > end_s:
                    advice = _ADVICE if error.code() in _TOO_LARGE else ""
                    raise OverdueError(
                        f"partition {self._partition}: no flush within {self._deadline_s:g} s: {error.str()}{advice}"
                    ) from refused
            if self._abandoned.wait(pause_s):
                return Outcome.ABANDONED
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _transaction(self, results: Sequence[Result]) -> Outcome:
        self._producer.begin_transaction()
        produce, partition, prefix = self._producer.produce, self._partition, self._prefix
        for result in results:
            topic, key, value, headers = result.topic, result.key, result.value, result.headers
            try:
                if headers:
                    produce(prefix + topic, value, key, partition, headers=list(headers))
                else:
                    produce(prefix + topic, value, key, partition)
            except BufferError:
                self._produce_when_room(prefix + topic, value, key, headers)
        self._crash_points.reached("inside_commit")
        return self._until_decided(lambda: self._producer.commit_transaction(_CALL_S))

    def _produce_when_room(self, topic: str, value: bytes | None, key: bytes, headers: tuple[tuple[str, bytes], ...]) -> None:
        end_s = time.monotonic() + self._deadline_s
        while time.monotonic() < end_s:
            self._producer.poll(0.1)
            try:
                self._producer.produce(topic, value, key, self._partition, headers=list(headers))
            except BufferError:
                continue
            return
        raise OverdueError(f"partition {self._partition}: the producer's queue stayed full for {self._deadline_s:g} s")

    def _aborted(self, error: KafkaError) -> Outcome:
        self.aborted += 1
        log.warning("flush refused, sent again", partition=self._partition, because=error.str(), code=error.name())
        try:
            return self._until_decided(lambda: self._producer.abort_transaction(_CALL_S))
        except KafkaException as refused:
            if _is_taken_over(refused.args[0]):
                return self._fenced(refused.args[0])
            raise

    def _until_decided(self, call: Callable[[], None]) -> Outcome:
        """Calls again while the broker has not decided."""
        end_s = time.monotonic() + self._deadline_s
        while True:
            try:
                call()
            except KafkaException as undecided:
                error: KafkaError = undecided.args[0]
                if error.txn_requires_abort() or not error.retriable():
                    raise
                if self._abandoned.is_set():
                    return Outcome.ABANDONED
                if time.monotonic() > end_s:
                    raise OverdueError(
                        f"partition {self._partition}: the broker decided nothing within {self._deadline_s:g} s: {error.str()}"
                    ) from undecided
            else:
                return Outcome.COMMITTED

    def _fenced(self, error: KafkaError) -> Outcome:
        self._is_fenced = True
        log.warning("fenced", partition=self._partition, because=error.str(), code=error.name())
        return Outcome.FENCED


def _is_taken_over(error: KafkaError) -> bool:
    """A fatal error ends a producer for good, whatever its name: nothing more can be written with it."""
    return bool(error.fatal()) or error.code() in _TAKEN_OVER
