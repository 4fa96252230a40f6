"""The one clock handed to gateway, ticks and demo: it starts somewhere in the past, runs at a rate, and meets the present.

Law: never ahead of the wall, and as steady as the wall.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

NowMs = Callable[[], int]


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class ClockError(ValueError):
    """The text of a clock is not one; the message says what would be."""


@dataclass(frozen=True, slots=True)
class Clock:
    """At `origin_ms` of the wall it shows `start_ms`, then runs `rate` times as fast until it shows the same as the wall."""

    start_ms: int
    rate: Fraction
    origin_ms: int

    def at(self, wall_at_ms: int) -> int:
        return min(self.start_ms + int((wall_at_ms - self.origin_ms) * self.rate), wall_at_ms)

    def shows_at(self, at_ms: int) -> int:
        """The wall's instant at which it shows `at_ms`."""
        return max(at_ms, self.origin_ms + -int(-Fraction(at_ms - self.start_ms) // self.rate))

    def rate_at(self, wall_at_ms: int) -> Fraction:
        """1 once it has met the present."""
        return self.rate if self.at(wall_at_ms) < wall_at_ms else Fraction(1)

    def meets_present_at(self) -> int:
        """The wall's instant from which on both show the same."""
        if self.start_ms >= self.origin_ms:
            return self.origin_ms
        behind = Fraction(self.origin_ms - self.start_ms)
        return self.origin_ms + -int(-behind // (self.rate - 1))

    def __str__(self) -> str:
        rate = Decimal(self.rate.numerator) / Decimal(self.rate.denominator)
        return f"{self.start_ms}:{rate.normalize():f}:{self.origin_ms}"


def parse(text: str) -> Clock:
    """`<start_ms>:<rate>:<origin_ms>`. A clock that starts in the past needs a rate above 1, or it never meets the present."""
    parts = text.split(":")
    try:
        start, rate, origin = int(parts[0]), Fraction(Decimal(parts[1])), int(parts[2])
    except (IndexError, ValueError, InvalidOperation, OverflowError) as error:
        raise ClockError("a clock is <start_ms>:<rate>:<origin_ms>, for example 1760000000000:300:1760018000000") from error
    if len(parts) != 3 or start < 0 or origin < 0:
        raise ClockError("a clock has three parts, its instants in epoch milliseconds: 1760000000000:300:1760018000000")
    if rate <= 1:
        raise ClockError("the rate of a clock is above 1: at 1 or less it would never meet the present")
    return Clock(start, rate, origin)


def now_from(clock: Clock | None) -> NowMs:
    """What the parts are handed: the clock's time, or the wall's where there is none."""
    if clock is None:
        return wall_ms
    return lambda: clock.at(wall_ms())
