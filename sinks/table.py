"""A table as the sinks see it: its columns in order, what makes a row the same row, and the day that decides how long it is kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Row = tuple[Any, ...]
"""Values in the order of the table's columns; instants are integers."""

MAX_PARTITIONS = 100
"""ClickHouse refuses an insert that touches more (code 252)."""
DAY_MS = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH_ORDINAL


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    identity: tuple[str, ...]
    """ORDER BY: of rows that agree here, the one with the highest `version` holds."""
    day: Callable[[Row], int] | None = None
    """Days since 1970-01-01 of the time that retention and partitions go by; None: kept for ever, one partition."""
    partitioned_by: Literal["day", "month", "nothing"] = "nothing"

    def is_expired(self, row: Row, today: int, keep_days: int) -> bool:
        """ClickHouse would drop it, silently: at once, or at the next merge."""
        return self.day is not None and self.day(row) + keep_days <= today

    def inserts(self, rows: list[Row]) -> Iterator[list[Row]]:
        """The rows, in order where they fit into one insert, else cut by partition so that each insert touches few enough."""
        if self.day is None or self.partitioned_by == "nothing":
            yield rows
            return
        by_partition: dict[int, list[Row]] = {}
        for row in rows:
            by_partition.setdefault(self._partition(self.day(row)), []).append(row)
        if len(by_partition) <= MAX_PARTITIONS:
            yield rows
            return
        partitions = [by_partition[key] for key in sorted(by_partition)]
        for first in range(0, len(partitions), MAX_PARTITIONS):
            yield [row for part in partitions[first : first + MAX_PARTITIONS] for row in part]

    def _partition(self, day: int) -> int:
        if self.partitioned_by == "day":
            return day
        at = date.fromordinal(min(max(day, 0), _LAST_DAY) + _EPOCH_ORDINAL)
        return at.year * 12 + at.month
