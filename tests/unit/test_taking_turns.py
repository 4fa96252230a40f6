"""Runners that take their partitions in threads: who waits for whom, and what is no reason to give up."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import streams.runner as runner_module
from streams.assignment import Assignment
from streams.settings import Deadlines, WorkerSettings
from streams.watchdog import Watchdog
from tests.integration.counting_partition import CountingPartition


async def _seek(_partition: int, _offset: int) -> int:
    return 1


def _assignment(**settings: Any) -> Assignment:
    return Assignment(WorkerSettings("none:1", CountingPartition, lambda: 0, **settings), _seek, lambda _: None)


def test_a_load_that_waits_for_a_thread_is_not_taken_for_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """More partitions than threads: the last ones wait for longer than a load may read nothing."""

    def reads_for_a_while(_s: object, _n: int, _k: object, cancelled: threading.Event, read: Callable[[int], None]) -> None:
        for _ in range(10):
            if cancelled.wait(0.1):
                return
            read(1_000)

    monkeypatch.setattr(runner_module, "take", reads_for_a_while)

    async def script() -> None:
        deadlines = Deadlines(load_s=0.6)
        assignment = _assignment(deadlines=deadlines)
        settings = WorkerSettings("none:1", CountingPartition, lambda: 0, deadlines=deadlines)
        watchdog = Watchdog(settings, lambda: list(assignment.runners.values()), dict, lambda: False)
        await assignment.assigned(range(6))
        end_s = time.monotonic() + 10
        begun: set[int] = set()
        while len(begun) < 6 and time.monotonic() < end_s:
            await asyncio.sleep(0.05)
            watchdog.beat_s = time.monotonic()
            runners = list(assignment.runners.values())
            assert watchdog.look(runners, dict.fromkeys(range(6), 100), time.monotonic()) is None
            begun |= {runner.number for runner in runners if runner.read}
        await assignment.revoked()
        assert begun == set(range(6))

    asyncio.run(script())


def test_every_later_runner_waits_for_an_older_call_that_still_fences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rebalances while the broker answers slowly: the older call, landing last, would fence the newest owner."""
    release, guard = threading.Event(), threading.Lock()
    live = [0, 0]  # calls at once, and the most there were

    def fences_slowly(*_: object) -> None:
        with guard:
            live[0] += 1
            live[1] = max(live)
        release.wait(10)
        with guard:
            live[0] -= 1

    monkeypatch.setattr(runner_module, "take", fences_slowly)

    async def script() -> None:
        assignment = _assignment()
        for _ in range(3):
            await assignment.assigned([0])
            await asyncio.sleep(0.1)
            await assignment.revoked()
        release.set()

    asyncio.run(script())
    assert live[1] == 1
