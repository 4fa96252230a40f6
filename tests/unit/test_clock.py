"""The injected clock: from the past, at a rate, up to the present and never beyond."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.clock import Clock, ClockError, now_from, parse, wall_ms

HOUR = 3_600_000
ORIGIN = 1_760_000_000_000


def test_it_runs_at_its_rate_until_it_meets_the_present() -> None:
    clock = Clock(ORIGIN - 5 * HOUR, Fraction(301), ORIGIN)
    assert clock.at(ORIGIN) == ORIGIN - 5 * HOUR
    assert clock.at(ORIGIN + 1000) == ORIGIN - 5 * HOUR + 301_000
    assert clock.meets_present_at() == ORIGIN + 60_000
    assert clock.at(ORIGIN + 60_000) == ORIGIN + 60_000
    assert clock.at(ORIGIN + 70_000) == ORIGIN + 70_000
    assert clock.rate_at(ORIGIN + 59_999) == 301
    assert clock.rate_at(ORIGIN + 60_000) == 1


def test_it_is_written_and_read_without_loss() -> None:
    clock = Clock(ORIGIN - HOUR, Fraction(5, 2), ORIGIN)
    assert str(clock) == f"{ORIGIN - HOUR}:2.5:{ORIGIN}"
    assert parse(str(clock)) == clock


@pytest.mark.parametrize(
    "text", ["", "1:2", "1:2:3:4", "a:2:3", "1:x:3", "1:nan:3", "1:inf:3", "1:1:3", "1:0:3", "1:-2:3", "-1:2:3"]
)
def test_what_is_no_clock_is_refused_with_words(text: str) -> None:
    with pytest.raises(ClockError):
        parse(text)


def test_without_a_clock_the_wall_counts() -> None:
    before = wall_ms()
    assert before <= now_from(None)() <= wall_ms()


def test_an_injected_clock_is_handed_on() -> None:
    assert now_from(Clock(0, Fraction(2), wall_ms()))() < HOUR


@given(
    start=st.integers(0, 2 * ORIGIN),
    rate=st.fractions(min_value=Fraction(1001, 1000), max_value=100_000, max_denominator=1000),
    wall=st.lists(st.integers(ORIGIN, 2 * ORIGIN), min_size=1),
)
def test_it_is_never_ahead_of_the_wall_and_never_steps_back(start: int, rate: Fraction, wall: list[int]) -> None:
    clock = Clock(start, rate, ORIGIN)
    shown = [clock.at(instant) for instant in sorted(wall)]
    assert shown == sorted(shown)
    assert all(at <= instant for at, instant in zip(shown, sorted(wall), strict=True))
    assert all(clock.at(clock.shows_at(at)) >= at > clock.at(clock.shows_at(at) - 1) for at in shown)
    meets = clock.meets_present_at()
    assert clock.at(meets) == meets
