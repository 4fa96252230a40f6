"""When time has to be put into the log."""

from __future__ import annotations

from events.codec import decode
from events.wire import ClockTick
from streams.ticks import is_tick_due, tick


def test_nothing_due_no_tick() -> None:
    assert not is_tick_due(due_ms=None, now_ms=10_000, tick_ms=0)
    assert not is_tick_due(due_ms=10_001, now_ms=10_000, tick_ms=0)


def test_an_instant_that_passed_unseen_by_the_log_is_due() -> None:
    assert is_tick_due(due_ms=10_000, now_ms=10_000, tick_ms=9_999)


def test_a_tick_that_the_log_holds_is_not_repeated() -> None:
    assert not is_tick_due(due_ms=10_000, now_ms=20_000, tick_ms=10_000)


def test_a_tick_is_an_event_of_its_partition_and_instant() -> None:
    event = decode(tick(partition=3, now_ms=1_700_000_000_123))
    assert isinstance(event, ClockTick)
    assert (event.id, event.source, event.subject) == ("tick-3-1700000000123", "/-/clock", "-")
    assert round(event.time.timestamp() * 1000) == 1_700_000_000_123
