"""The live one-minute windows of one account. Law: a window is the sum of the facts it covers.

A cell is `[count, sum, met, missed, version, level 1 .. level 5]`; the levels are there for metrics that have them.
"""

from __future__ import annotations

import msgspec

from events.derived import SCHEMA, Fact, Minute, Window, minute_key
from events.metrics import FRT_HUMAN, GAUGES, METRICS

MINUTE_MS = 60_000
LIVE_MINUTES = 1440
Series = tuple[int, str, str]
"""Metric, scope, label."""
Cell = list[int]
_WINDOWED = tuple(metric.windowed and number not in GAUGES for number, metric in enumerate(METRICS))
_encoder = msgspec.msgpack.Encoder()


class Windows:
    """Series get a number each, in the order they first appear; minutes hold cells by that number."""

    def __init__(self, account: str) -> None:
        self._account = account
        self.series: list[Series] = []
        self._numbers: dict[Series, int] = {}
        self._fanout: dict[tuple[int, str, str], tuple[int, ...]] = {}
        self.minutes: dict[int, dict[int, Cell]] = {}
        self.dirty: set[int] = set()

    def number(self, series: Series) -> int:
        """The series' number; a new series gets the next one."""
        number = self._numbers.get(series)
        if number is None:
            number = self._numbers[series] = len(self.series)
            self.series.append(series)
        return number

    def known(self, series: Series) -> int | None:
        return self._numbers.get(series)

    def count(self, sign: int, fact: Fact, version: int) -> tuple[int, ...]:
        """Add a fact to, or take it from, its minute in every scope; the numbers of the series it is counted in."""
        metric = fact.metric
        where = (metric, fact.channel, fact.team)
        numbers = self._fanout.get(where)
        if numbers is None:
            numbers = self._fanout[where] = self._scopes(*where)
        if not numbers:
            return numbers
        index = fact.at // MINUTE_MS
        minute = self.minutes.get(index)
        if minute is None:
            minute = self.minutes[index] = {}
        self.dirty.add(index)
        value, met = sign * fact.value, fact.met
        for number in numbers:
            cell = minute.get(number)
            if cell is None:
                cell = minute[number] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] if metric == FRT_HUMAN else [0, 0, 0, 0, 0]
            cell[0] += sign
            cell[1] += value
            if met >= 0:
                cell[2 if met else 3] += sign
            if fact.level:
                cell[4 + fact.level] += sign
            cell[4] = version
        return numbers

    def _scopes(self, metric: int, channel: str, team: str) -> tuple[int, ...]:
        if not _WINDOWED[metric]:
            return ()
        wanted: list[Series] = [(metric, "total", ""), (metric, "channel", channel)]
        if team:
            wanted.append((metric, "team", team))
        return tuple(self.number(series) for series in wanted)

    def cell(self, minute: int, number: int) -> Cell | None:
        cells = self.minutes.get(minute)
        return None if cells is None else cells.get(number)

    def record(self, minute: int) -> tuple[bytes, bytes]:
        """Key and value of a minute, whole."""
        series = self.series
        rows = [
            Window(*series[number], cell[4], cell[0], cell[1], cell[2], cell[3], tuple(cell[5:]))
            for number, cell in self.minutes[minute].items()
        ]
        version = max(row.version for row in rows)
        value = _encoder.encode(Minute(SCHEMA, version, self._account, minute, rows))
        return minute_key(self._account, minute), value

    def restore(self, minute: Minute) -> None:
        """Take up a minute as it was written."""
        cells = self.minutes.setdefault(minute.minute, {})
        for row in minute.windows:
            number = self.number((row.metric, row.scope, row.label))
            cells[number] = [row.count, row.sum, row.met, row.missed, row.version, *row.levels]

    def expire(self, minute: int) -> bool:
        """Let a minute go; True if it was there."""
        self.dirty.discard(minute)
        return self.minutes.pop(minute, None) is not None
