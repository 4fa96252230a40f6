"""Stores in memory, named for their vice."""

from __future__ import annotations

import threading
import time

from sinks.memory import MemoryStore
from sinks.rows.facts import FACTS
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.rows.tickets import TICKETS
from sinks.store import RefusedError, UnavailableError
from sinks.table import Row, Table


class LockedStore(MemoryStore):
    """In memory, read by the test while the sink writes."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.inserts: list[tuple[str, int]] = []

    def insert(self, table: Table, rows: list[Row]) -> None:
        with self.lock:
            super().insert(table, rows)
            self.inserts.append((table.name, len(rows)))

    def select(self, table: Table) -> list[dict[str, object]]:
        with self.lock:
            return super().select(table)

    def values(self) -> set[object]:
        return {row["value"] for row in self.select(FACTS)}


class AwayStore(LockedStore):
    """Does not answer until the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = threading.Event()
        self.asked = 0

    def insert(self, table: Table, rows: list[Row]) -> None:
        self.asked += 1
        if table is not LOG_EPOCHS and not self.is_there.is_set():
            raise UnavailableError("no answer")
        super().insert(table, rows)


class FullTableStore(LockedStore):
    """Takes no facts until the test lets it, and says so at once."""

    def __init__(self) -> None:
        super().__init__()
        self.why = "table facts: full"
        self.let_go = threading.Event()

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is FACTS and not self.let_go.is_set():
            raise UnavailableError(self.why)
        super().insert(table, rows)


class ForgetfulStore(LockedStore):
    """Says yes and writes nothing."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is LOG_EPOCHS:
            super().insert(table, rows)


class PickyStore(LockedStore):
    """Refuses tickets with a rating above 5."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is TICKETS and any((row[table.columns.index("rating")] or 0) > 5 for row in rows):
            raise RefusedError("table tickets: column rating does not take a value")
        super().insert(table, rows)


class SlowPickyStore(PickyStore):
    """Thinks about tickets for 0.3 s, and then refuses some."""

    def __init__(self) -> None:
        super().__init__()
        self.began: list[float] = []

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is TICKETS:
            self.began.append(time.monotonic())
            time.sleep(0.3)
        super().insert(table, rows)


class StuckStore(LockedStore):
    """Facts do not come through until the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is FACTS:
            assert self.let_go.wait(30)
        super().insert(table, rows)


class BrokenStore(LockedStore):
    """Dies of the first facts it is given, as of a mistake of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = True

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is FACTS and self.is_broken:
            self.is_broken = False
            raise ZeroDivisionError
        super().insert(table, rows)
