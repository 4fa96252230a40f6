"""Time in the log: appends a `clock.tick` when something is due and the log has not passed it. Nothing due, no tick.

A tick stands behind every event that was accepted before it, so it cannot outrun one that is unread, and a replay sees
the same time pass. A tick of a worker that lost the partition does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from events.codec import encode
from events.wire import ClockTick
from streams.contract import Fold
from streams.crash_points import CrashPoints
from streams.logs import Log
from streams.runner import Runner, State

log = Log(__name__)

_LOST_AFTER_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTINGS: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 0,
    "message.timeout.ms": 5_000,
    "log_level": 0,
}


def is_tick_due(due_ms: int | None, now_ms: int, tick_ms: int) -> bool:
    """Something waits for an instant that has passed, and no tick of the log has reached it."""
    return due_ms is not None and due_ms <= now_ms and tick_ms < due_ms


def tick(partition: int, now_ms: int) -> bytes:
    """The event: its identity is its partition and instant."""
    return encode(
        ClockTick(
            specversion="1.0",
            id=f"tick-{partition}-{now_ms}",
            source="/-/clock",
            subject="-",
            time=_EPOCH + timedelta(milliseconds=now_ms),
        )
    )


class Ticker:
    """Looked at often, from the event loop; nothing in it waits."""

    def __init__(self, client: Mapping[str, Any], topic: str, crash_points: CrashPoints) -> None:
        self._producer = Producer({**_SETTINGS, **client})
        self._topic = topic
        self._crash_points = crash_points
        self._appended: dict[int, tuple[int, float]] = {}
        """By partition: the tick on its way back through the log, and when it left."""

    def look(self, runners: Iterable[Runner], read_to: Mapping[int, int], now_ms: int) -> None:
        """Appends what is due. `read_to`: by partition, the log's end as the consumer knows it."""
        self._producer.poll(0)
        for runner in runners:
            fold = runner.fold
            if fold is None or runner.state is not State.RUNNING or not self._is_caught_up(runner, fold, read_to):
                continue
            if is_tick_due(fold.due_at_ms(), now_ms, fold.tick_ms) and not self._is_on_its_way(runner.number, fold.tick_ms):
                self._append(runner.number, now_ms)

    def _is_caught_up(self, runner: Runner, fold: Fold, log_ends: Mapping[int, int]) -> bool:
        return not runner.has_batches and log_ends.get(runner.number) == fold.position + 1

    def _is_on_its_way(self, partition: int, tick_ms: int) -> bool:
        appended_ms, at_s = self._appended.get(partition, (0, 0.0))
        return appended_ms > tick_ms and time.monotonic() - at_s < _LOST_AFTER_S

    def _append(self, partition: int, now_ms: int) -> None:
        self._appended[partition] = (now_ms, time.monotonic())
        self._producer.produce(
            self._topic, tick(partition, now_ms), b"", partition, timestamp=now_ms, on_delivery=self._delivered
        )
        self._crash_points.reached("during_tick")

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            log.warning("tick not delivered, sent again if still due", partition=message.partition(), because=error.str())
