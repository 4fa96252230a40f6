"""What will be inserted and committed together: records of one partition, in order. Pure: now is handed in.

Law: a batch knows the offset to commit after it, and holds the original bytes until its rows are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from events.position import NextOffset, Offset, after
from sinks.record import Record
from sinks.rows.build import WHOLE, BadRow, Rows
from sinks.table import Row, Table


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """Few large inserts: ClickHouse takes 1k-10k rows best, and nobody waits longer than `max_wait_ms`."""

    max_rows: int = 10_000
    max_bytes: int = 16 << 20
    max_wait_ms: int = 800

    def is_full(self, rows: int, size: int) -> bool:
        return rows >= self.max_rows or size >= self.max_bytes

    def is_late(self, opened_at_ms: int, now_ms: int) -> bool:
        return now_ms - opened_at_ms >= self.max_wait_ms


class Entry(NamedTuple):
    record: Record
    rows: Rows


class Refusal(NamedTuple):
    """A record that cannot be stored, and why."""

    record: Record
    error: str


class Batch:
    """Records in the order of their offsets. Of a topic whose records are whole, only the last one of a key is kept."""

    def __init__(self, topic: str, partition: int, opened_at_ms: int) -> None:
        self.topic = topic
        self.partition = partition
        self.opened_at_ms = opened_at_ms
        self.next_offset: NextOffset | None = None
        self.refused: list[Refusal] = []
        self.rows = 0
        self.size = 0
        self._whole = topic in WHOLE
        self._entries: dict[bytes | int, Entry] = {}

    @property
    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def add(self, record: Record, built: Rows | BadRow) -> None:
        self.reach(after(Offset(record.offset)))
        if isinstance(built, BadRow):
            self.refused.append(Refusal(record, built.error))
            self.size += len(record.value)
            return
        if not built:
            return
        name = record.key if self._whole else record.offset
        if (earlier := self._entries.pop(name, None)) is not None:
            self._count(earlier, -1)
        entry = Entry(record, built)
        self._entries[name] = entry
        self._count(entry, 1)

    def reach(self, offset: NextOffset) -> None:
        """Everything below was seen, whether it gave rows or not: tombstones, ticks, markers of transactions."""
        self.next_offset = offset if self.next_offset is None else max(self.next_offset, offset)

    def is_full(self, policy: BatchPolicy) -> bool:
        return policy.is_full(self.rows, self.size)

    def is_late(self, policy: BatchPolicy, now_ms: int) -> bool:
        return policy.is_late(self.opened_at_ms, now_ms)

    def _count(self, entry: Entry, sign: int) -> None:
        self.rows += sign * sum(len(rows) for _, rows in entry.rows)
        self.size += sign * len(entry.record.value)


def by_table(entries: Iterable[Entry]) -> dict[Table, list[Row]]:
    """All their rows, table by table, in the order of the records."""
    tables: dict[Table, list[Row]] = {}
    for entry in entries:
        for table, rows in entry.rows:
            tables.setdefault(table, []).extend(rows)
    return tables
