"""The epoch of a log in a database: offsets of a log made anew begin at 0, and its rows must win over those of the one before.

`log_epochs` is where worker and sinks agree: whoever meets a new log first notes it there, under the next number.
"""

from __future__ import annotations

from typing import Protocol

from events.position import Epoch
from sinks.rows.log_epochs import LOG_EPOCHS, epoch_row
from sinks.table import Row, Table


class KnowsLogs(Protocol):
    """What is asked of a database, in the words of a `Store`."""

    def epochs(self) -> dict[int, str]:
        """Of every epoch it knows, the id of its log."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        """Stored when it returns."""


def claim(database: KnowsLogs, log_id: str, partitions: int) -> Epoch:
    """The epoch by which this database knows the log; noted now if it did not."""
    while True:
        known = database.epochs()
        if mine := [epoch for epoch, of_log in known.items() if of_log == log_id]:
            return Epoch(max(mine))
        # Of two logs that claim one number at once, the row inserted last holds: the other one looks again.
        database.insert(LOG_EPOCHS, [epoch_row(max(known, default=0) + 1, log_id, partitions)])
