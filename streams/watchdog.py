"""Stuck means exit: a thread of its own that sees no progress logs the state of everything and ends the process.

It asks the broker itself where the log ends, since the client that is stuck would not know.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.exits import Exit
from streams.logs import Log
from streams.progress import Seen, Since, Stuck, follow, judge
from streams.runner import Runner
from streams.settings import WorkerSettings

log = Log(__name__)

_LOOK_S = 1.0
_ASK_S = 2.0
_STOPPED_S = 5.0
"""A look that comes this late: the process was stopped, and everybody else with it."""


def end_process(stuck: Stuck, everything: Mapping[str, Any]) -> None:
    log.fault("stuck", because=stuck.value, **everything)
    faulthandler.dump_traceback(sys.stderr)
    sys.stderr.flush()
    os._exit(Exit.AGAIN)


class Watchdog(threading.Thread):
    """`runners` and `fetched_to` are read from this thread; `beat` is when the event loop turned last."""

    def __init__(
        self,
        settings: WorkerSettings,
        runners: Callable[[], Iterable[Runner]],
        fetched_to: Callable[[], Mapping[int, int]],
        is_rebalancing: Callable[[], bool],
        end: Callable[[Stuck, Mapping[str, Any]], None] = end_process,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.log_ends: dict[int, int] = {}
        """As the broker said last."""
        self.beat_s = time.monotonic()
        self._settings = settings
        self._runners = runners
        self._fetched_to = fetched_to
        self._is_rebalancing = is_rebalancing
        self._end = end
        self._over = threading.Event()
        self._since: dict[int, Since] = {}
        self._settled_s = self._looked_s = time.monotonic()

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        broker = Consumer({"group.id": "deskpulse-watchdog", "log_level": 0, **self._settings.client()})
        while not self._over.wait(_LOOK_S):
            runners = list(self._runners())
            answered = self._ask(broker, [runner.number for runner in runners])
            stuck = self.look(runners, answered, time.monotonic())
            if stuck is not None and not self._over.is_set():
                self._end(stuck, self.everything())
                return

    def look(self, runners: Iterable[Runner], answered: Mapping[int, int], now_s: float) -> Stuck | None:
        if now_s - self._looked_s > _STOPPED_S:
            self._since.clear()
            self._settled_s = self.beat_s = now_s
        self._looked_s = now_s
        deadlines = self._settings.deadlines
        if now_s - self.beat_s > deadlines.stuck_fetch_s:
            return Stuck.NOT_TURNING
        if not self._is_rebalancing():
            self._settled_s = now_s
        elif now_s - self._settled_s > deadlines.stuck_rebalance_s:
            return Stuck.REBALANCING
        fetched_to = self._fetched_to()
        seen = [_seen(runner, fetched_to, answered) for runner in runners]
        self._since = {one.partition: follow(self._since.get(one.partition), one, now_s) for one in seen}
        for since in self._since.values():
            stuck = judge(since, now_s, deadlines, self._settings.session_timeout_s)
            if stuck is not None:
                return stuck
        return None

    def everything(self) -> dict[str, Any]:
        """The state of everything, for the log."""
        return {
            "rebalancing": self._is_rebalancing(),
            "log_ends": dict(self.log_ends),
            "partitions": [
                {
                    "partition": since.seen.partition,
                    "state": since.seen.state,
                    "position": since.seen.position,
                    "fetched_to": since.seen.fetched_to,
                    "log_end": since.seen.log_end,
                    "read": since.seen.read,
                    "has_work": since.seen.has_work,
                }
                for since in self._since.values()
            ],
        }

    def _ask(self, broker: Consumer, partitions: Iterable[int]) -> dict[int, int]:
        """Where each log ends now; nothing from the first one on that is not answered."""
        answered: dict[int, int] = {}
        topic = self._settings.topic("ticket-events")
        for partition in partitions:
            try:
                _, answered[partition] = broker.get_watermark_offsets(TopicPartition(topic, partition), _ASK_S, cached=False)
            except KafkaException:
                break
        self.log_ends.update(answered)
        return answered


def _seen(runner: Runner, fetched_to: Mapping[int, int], log_ends: Mapping[int, int]) -> Seen:
    return Seen(
        partition=runner.number,
        state=str(runner.state),
        position=runner.committed,
        fetched_to=fetched_to.get(runner.number, 0),
        log_end=log_ends.get(runner.number),
        read=runner.read,
        has_work=runner.has_work,
    )
