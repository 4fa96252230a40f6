"""One-minute windows: the facts they cover, while they are live. Section 5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from events.metrics import METRICS
from tests.oracle.facts import Fact

MINUTE_MS = 60_000
LIVE = 1440
_WINDOWED = frozenset(metric.name for metric in METRICS if metric.windowed)
Series = tuple[str, str, str]
"""Metric, scope, label."""


@dataclass
class Cell:
    count: int = 0
    sum: int = 0
    met: int = 0
    missed: int = 0
    levels: list[int] = field(default_factory=lambda: [0] * 5)

    def add(self, fact: Fact, sign: int) -> None:
        self.count += sign
        self.sum += sign * fact.value
        self.met += sign * (fact.met == 1)
        self.missed += sign * (fact.met == 0)
        if fact.level:
            self.levels[fact.level - 1] += sign


class Windows:
    """Of one account."""

    def __init__(self) -> None:
        self.cells: dict[Series, dict[int, Cell]] = {}

    def change(self, fact: Fact, sign: int, last_closed: int) -> None:
        """A fact is asserted or retracted now; one older than what is live changes no window."""
        minute = fact.at // MINUTE_MS
        if fact.metric not in _WINDOWED or minute <= last_closed - LIVE:
            return
        for scope, label in (("total", ""), ("channel", fact.channel), ("team", fact.team)):
            if scope == "team" and not label:
                continue
            series = self.cells.setdefault((fact.metric, scope, label), {})
            series.setdefault(minute, Cell()).add(fact, sign)

    def all(self) -> Iterator[tuple[Series, int, Cell]]:
        for series, cells in self.cells.items():
            for minute, cell in cells.items():
                yield series, minute, cell
