"""Log epochs for workers, by the sinks' own rule: a log made anew gets one above all before it, or its rows would lose for ever."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.database import Database
from deskpulse.settings import Settings
from deskpulse.wiring.logins import access
from sinks.epochs import claim
from sinks.table import Row, Table


@dataclass(frozen=True, slots=True)
class Epochs:
    settings: Settings

    def least(self, log_id: str) -> int:
        """Of this log: the epoch the database knows it by from now on. Raises if ClickHouse is away."""
        database = Database(access(self.settings, "writer"))
        try:
            return claim(_Logs(database), log_id, self.settings.kafka.partitions)
        finally:
            database.close()


@dataclass(frozen=True, slots=True)
class _Logs:
    """Without the sinks' client, which a worker needs for nothing else and which takes a second to import."""

    database: Database

    def epochs(self) -> dict[int, str]:
        return {int(row["epoch"]): str(row["log_id"]) for row in self.database.rows("SELECT epoch, log_id FROM log_epochs FINAL")}

    def insert(self, table: Table, rows: list[Row]) -> None:
        for row in rows:
            self.database.insert(table.name, dict(zip(table.columns, row, strict=True)))
