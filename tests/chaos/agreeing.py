"""Does ClickHouse say what the log says? Played lives, a sink that may be killed, and the waiting for both to agree."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sinks.crash import Point
from sinks.settings import SinkSettings
from tests.chaos.load import Source
from tests.chaos.road import Playing, differences, expected, lives, said_twice, settings_of
from tests.clickhouse_server import Database
from tests.eventually import eventually
from tests.oracle.log import Expected
from tests.servers import FreshTopics
from tests.sink_process import sink_process
from tests.sink_running import caught_up

_LIFE_MS = 25 * 60_000


def arriving(source: Source, seed: int, tickets: int) -> list[tuple[str, bytes]]:
    """The settings of all accounts, then lives that end now."""
    now_ms = time.time_ns() // 1_000_000
    told = [(account, settings_of(account, now_ms)) for account in source.accounts]
    return told + lives(random.Random(seed), source.accounts, tickets, now_ms - _LIFE_MS, now_ms)


def agree(topics: FreshTopics, database: Database, sink: SinkSettings, playing: Playing, within_s: float = 90.0) -> Expected:
    """Waits until nothing is left to do, then compares: the oracle reads the log to its end, ticks and all. What it expected."""
    assert playing.is_over.wait(within_s), "the load does not end"
    last: list[str] = ["not compared yet"]

    def settled() -> list[Expected]:
        if not caught_up(topics, sink):
            return []
        whole = expected(topics)
        last[:] = differences(database.admin, whole)
        return [] if last else [whole]

    try:
        (whole,) = eventually(settled, within_s, "ClickHouse says what the log says")
    except AssertionError:
        pytest.fail("\n".join(last[:20]) + f"\n{len(last)} differences")
    assert whole.facts, "nothing was folded"
    assert said_twice(topics) == []
    return whole


@contextmanager
def sinking(settings: SinkSettings, crash: tuple[Point, int] | None = None) -> Iterator[None]:
    """A sink that is started again when its crash point has killed it."""
    if crash is not None:
        with sink_process(settings, crash) as sink:
            assert sink.wait(60) == -signal.SIGKILL, "the crash point was not reached"
    with sink_process(settings):
        yield
