"""A store in memory with the contract of the real one, for tests: upserts by identity and version, read as with FINAL."""

from __future__ import annotations

from sinks.rows.forgotten import FORGOTTEN
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.store import RefusedError
from sinks.table import Row, Table


class MemoryStore:
    def __init__(self) -> None:
        self._rows: dict[str, dict[Row, dict[str, object]]] = {}

    def insert(self, table: Table, rows: list[Row]) -> None:
        if any(len(row) != len(table.columns) for row in rows):
            raise RefusedError(f"table {table.name}: a row has not as many values as the table has columns")
        stored = self._rows.setdefault(table.name, {})
        for row in rows:
            named = dict(zip(table.columns, row, strict=True))
            identity = tuple(named[column] for column in table.identity)
            before = stored.get(identity)
            if before is None or _version(named) >= _version(before):
                stored[identity] = named

    def select(self, table: Table) -> list[dict[str, object]]:
        """What FINAL shows: the latest row of every identity that is not deleted or retracted."""
        rows = self._rows.get(table.name, {}).values()
        return [row for row in rows if not row.get("is_deleted") and row.get("sign") != -1]

    def identity(self) -> str:
        """Every one is the same database, as if made of what another one kept."""
        return "memory"

    def epochs(self) -> dict[int, str]:
        return {int(str(row["epoch"])): str(row["log_id"]) for row in self.select(LOG_EPOCHS)}

    def forgotten(self) -> set[tuple[str, str]]:
        return {(str(row["account"]), str(row["customer"])) for row in self.select(FORGOTTEN)}

    def close(self) -> None:
        """Nothing is held."""


def _version(row: dict[str, object]) -> int:
    return int(str(row.get("version", 0)))
