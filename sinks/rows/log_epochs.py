"""`log_epochs`: which life of the log had which epoch in this database. Pure."""

from __future__ import annotations

from sinks.table import Row, Table

LOG_EPOCHS = Table(
    name="log_epochs",
    columns=("epoch", "log_id", "partitions"),
    identity=("epoch",),
)


def epoch_row(epoch: int, log_id: str, partitions: int) -> Row:
    return (epoch, log_id, partitions)
