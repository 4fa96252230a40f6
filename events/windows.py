"""The live series of a minute, summed out of its leaves. Law: a window is the sum of the facts it covers."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from events.derived import Minute, MinuteGauges
from events.metrics import BACKLOG_OPEN, OLDEST_WAIT, WAITING_NOW

Series = tuple[int, str, str]
"""Metric, scope (`total`, `channel`, `team`), label."""


class Window(Struct, frozen=True):
    """One live series in one minute. Counts of a gauge are 0 and its `gauge` is set."""

    metric: int
    scope: str
    label: str
    count: int = 0
    sum: int = 0
    met: int = 0
    missed: int = 0
    levels: tuple[int, ...] = ()
    """Facts at level 1 to 5, or nothing."""
    gauge: int | None = None


def scopes(channel: str, team: str) -> Iterable[tuple[str, str]]:
    """Scope and label of every series that a channel and team count in; no team is no label."""
    yield "total", ""
    yield "channel", channel
    if team:
        yield "team", team


def spread(minute: Minute) -> list[Window]:
    """Every series of the minute, in order of metric, scope, label."""
    sums: dict[Series, list[int]] = {}
    for leaf in minute.leaves:
        for scope, label in scopes(leaf.channel, leaf.team):
            for metric, cell in leaf.cells.items():
                total = sums.get((metric, scope, label))
                if total is None:
                    sums[metric, scope, label] = list(cell)
                else:
                    for index, number in enumerate(cell):
                        total[index] += number
    return [
        Window(*series, count, total, met, missed, tuple(levels))
        for series, (count, total, met, missed, *levels) in sorted(sums.items())
    ]


def spread_gauges(minute: MinuteGauges) -> list[Window]:
    """Open and waiting tickets add up; the oldest wait is the longest."""
    sums: dict[tuple[str, str], list[int]] = {}
    for gauge in minute.gauges:
        for place in scopes(gauge.channel, gauge.team):
            total = sums.setdefault(place, [0, 0, 0])
            total[0] += gauge.open
            total[1] += gauge.waiting
            total[2] = max(total[2], gauge.oldest_ms)
    rows: list[Window] = []
    for (scope, label), (opened, waiting, oldest) in sorted(sums.items()):
        rows.append(Window(BACKLOG_OPEN, scope, label, gauge=opened))
        rows.append(Window(WAITING_NOW, scope, label, gauge=waiting))
        rows.append(Window(OLDEST_WAIT, scope, label, gauge=oldest))
    return rows
