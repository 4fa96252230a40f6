"""Log epochs in the database: a log made anew gets one above all before it, or its rows would lose against theirs for ever."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.database import Database
from deskpulse.settings import Settings
from deskpulse.wiring.logins import access


@dataclass(frozen=True, slots=True)
class Epochs:
    settings: Settings

    def least(self, log_id: str) -> int:
        """Of this log: the epoch it is known by, else one above all others, noted at once. Raises if ClickHouse is away."""
        database = Database(access(self.settings, "writer"))
        try:
            known = database.rows("SELECT epoch, log_id FROM log_epochs FINAL")
            if mine := [int(row["epoch"]) for row in known if row["log_id"] == log_id]:
                return max(mine)
            epoch = max((int(row["epoch"]) for row in known), default=0) + 1
            # Two workers that meet the same new log write the same row.
            database.insert("log_epochs", {"epoch": epoch, "log_id": log_id, "partitions": self.settings.kafka.partitions})
            return epoch
        finally:
            database.close()
