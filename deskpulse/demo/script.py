"""The demo's plan in time: hours of calm, an incident, calm again, the present. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from deskpulse.clock import Clock
from deskpulse.demo.shops import HOUR_MS, MINUTE_MS, NORTH, Incident


@dataclass(frozen=True, slots=True)
class Script:
    hours: Fraction = Fraction(6)
    """How long ago it begins."""
    incident_after_ms: int = 188 * MINUTE_MS
    incident_lasts_ms: int = 60 * MINUTE_MS
    """Long enough for the mean of half an hour to show all of it."""
    factor: float = 3.4
    plays_for_s: int = 80
    """On the wall, until it meets the present."""
    seed: int = 1

    def clock(self, origin_ms: int) -> Clock:
        past_ms = int(self.hours * HOUR_MS)
        return Clock(origin_ms - past_ms, Fraction(past_ms, self.plays_for_s * 1000) + 1, origin_ms)

    def incident(self, clock: Clock) -> Incident:
        begins_ms = clock.start_ms + self.incident_after_ms
        return Incident(NORTH.account, "chat", begins_ms, begins_ms + self.incident_lasts_ms, self.factor)
