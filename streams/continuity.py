"""Whether a batch follows the position. Law: every offset is folded once, in order, and none is skipped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repeat:
    """All of it is at or below the position."""


@dataclass(frozen=True, slots=True)
class Follows:
    """What is left after `skip` records is the next."""

    skip: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Records are missing between the position and the batch."""

    missing: int


Place = Repeat | Follows | Jump


def place(position: int, first: int, last: int) -> Place:
    """Where the batch `first..last` stands."""
    if last <= position:
        return Repeat()
    if first > position + 1:
        return Jump(first - position - 1)
    return Follows(position + 1 - first)


@dataclass(frozen=True, slots=True)
class Slice:
    """Indices into a batch, and whether what was folded before must be committed first."""

    start: int
    stop: int
    flush_before: bool


def slices(first: int, count: int, size: int, suspects: frozenset[int]) -> Iterator[Slice]:
    """`count` records from offset `first` on, in turns of `size`; a slice begins at every suspect."""
    cuts = sorted(offset - first for offset in suspects if first <= offset < first + count) if suspects else []
    start = 0
    while start < count:
        flush_before = bool(cuts) and cuts[0] == start
        if flush_before:
            del cuts[0]
        stop = min(start + size, count, cuts[0] if cuts else count)
        yield Slice(start, stop, flush_before)
        start = stop
