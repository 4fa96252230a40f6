"""Whether the log is the one that was folded: the same, a new one, or one that lost records. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from streams.faults import ANEW


@dataclass(frozen=True, slots=True)
class Log:
    """A partition of `ticket-events` as the broker has it."""

    log_id: str
    """Cluster id and topic id: a topic made anew has another one."""
    start: int
    """The first offset it still holds."""
    end: int
    """The offset after its last record."""


@dataclass(frozen=True, slots=True)
class SameLog:
    """Carry on."""


@dataclass(frozen=True, slots=True)
class NewLog:
    """Offsets begin again: rows of this epoch win over those of the epochs before."""

    epoch: int
    position: int


class LogEndsEarlyError(Exception):
    """The log ends before what was folded from it: new events would take old offsets and be dropped as repeats."""

    def __init__(self, partition: int, position: int, end: int) -> None:
        super().__init__(
            f"partition {partition}: the log ends at offset {end - 1}, but was folded through {position}: records {end} to {position} "
            f"({position + 1 - end}) are missing. Restore the topic, or {ANEW}"
        )


class LogStartsLateError(Exception):
    """Retention took records that were not folded yet."""

    def __init__(self, partition: int, position: int, start: int) -> None:
        super().__init__(
            f"partition {partition}: the log begins at offset {start}, but was folded through {position} only: records {position + 1} "
            f"to {start - 1} ({start - position - 1}) are missing. To carry on without them, {ANEW}"
        )


def decide(partition: int, position: int, epoch: int, log_id: str, log: Log, least_epoch: int) -> SameLog | NewLog:
    """Raises if records are missing; `least_epoch` is above every epoch the database has seen of other logs."""
    if log_id != log.log_id:
        return NewLog(max(epoch + 1, least_epoch), log.start - 1)
    if log.end <= position:
        raise LogEndsEarlyError(partition, position, log.end)
    if log.start > position + 1:
        raise LogStartsLateError(partition, position, log.start)
    return SameLog()
