"""What one fetch brought of one partition, on its way from the transport to the runner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.results import Source


class Fetched(NamedTuple):
    """The value of the one Faust message that a batch is."""

    records: Sequence[Source]
    seeks: int
    """How often the partition had been sought before it was fetched: an older batch need not follow the position."""
    log_end: int


@dataclass(frozen=True, slots=True)
class Batch:
    fetched: Fetched
    ack: Callable[[], Awaitable[object]]
    """To be called when a committed transaction covers the batch."""

    @property
    def first(self) -> int:
        return self.fetched.records[0].offset

    @property
    def last(self) -> int:
        return self.fetched.records[-1].offset

    def sources(self, start: int, stop: int) -> Sequence[Source]:
        return self.fetched.records[start:stop]


class HoleError(Exception):
    """Offsets within a fetch are not contiguous: `ticket-events` was compacted or written in transactions."""

    def __init__(self, partition: int, first: int, last: int, count: int) -> None:
        super().__init__(
            f"partition {partition}: a fetch of offsets {first} to {last} holds {count} records, {last - first + 1 - count} are missing. "
            "ticket-events must not be compacted, nor written in transactions; run `deskpulse topics` to compare its settings"
        )
