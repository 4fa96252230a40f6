"""What the shell asks of a fold: the whole seam between Kafka and the pure partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from streams.results import Result, Source

STATE_TOPICS = ("fold-state", "tickets", "metric-windows")
"""What a fold is restored from, in this order: the first one holds the position."""


class Fold(Protocol):
    """One partition's state in memory. No I/O, no clock: called from one thread at a time."""

    position: int
    """The last offset folded, -1 for nothing."""

    @property
    def epoch(self) -> int: ...

    @property
    def log_id(self) -> str:
        """Of the log the position belongs to; empty if nothing was ever folded."""

    @property
    def folding(self) -> int:
        """After `fold` raised: the offset at which it did."""

    @property
    def pending(self) -> int:
        """Results that wait."""

    @property
    def suspects(self) -> frozenset[int]:
        """Offsets at which a fold died before: flush just before them."""

    @property
    def tick_ms(self) -> int: ...

    @property
    def clock_ms(self) -> int: ...

    def restore(self, topic: str, key: bytes, value: bytes | None) -> None: ...

    def restored(self) -> None:
        """All is loaded. Raises what `streams.faults` names if it may not be used."""

    def begin(self, epoch: int, log_id: str) -> None:
        """A log begins that was never folded: the next offset is its first."""

    def fold(self, records: Sequence[Source]) -> None:
        """Contiguous records from position + 1 on. What it raises is our own bug."""

    def results(self) -> list[Result]:
        """Takes what waits, the position with it; nothing if the position has not moved."""

    def due_at_ms(self) -> int | None: ...

    def died_at(self, offset: int) -> list[Result]:
        """What to commit alone when a fold raised at `offset`."""


FoldFactory = Callable[[int, int], Fold]
"""Of the partition's number and the number of partitions."""
