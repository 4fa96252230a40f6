"""Asserting and taking back facts of a ticket, and saying what changed."""

from __future__ import annotations

from msgspec.structs import replace

from events.derived import Fact
from streams.tickets.ticket import Ticket


class Changes:
    """Facts as they came to be asserted, and those that no longer are; one may stand on both sides, and cancels out."""

    __slots__ = ("asserted", "retracted")

    def __init__(self) -> None:
        self.asserted: list[Fact] = []
        self.retracted: list[Fact] = []

    def net(self) -> tuple[list[Fact], list[Fact]]:
        """The same without what cancels out."""
        if not self.retracted:
            return self.asserted, []
        count: dict[Fact, int] = {}
        for fact in self.asserted:
            count[fact] = count.get(fact, 0) + 1
        for fact in self.retracted:
            count[fact] = count.get(fact, 0) - 1
        return [fact for fact, n in count.items() if n > 0], [fact for fact, n in count.items() if n < 0]


def put(t: Ticket, fact: Fact, changes: Changes) -> None:
    key = fact.metric << 20 | fact.ordinal
    facts = t.facts
    before = facts.get(key)
    if before is not None:
        if before == fact:
            return
        changes.retracted.append(before)
    facts[key] = fact
    changes.asserted.append(fact)


def drop(t: Ticket, metric: int, ordinal: int, changes: Changes) -> None:
    before = t.facts.pop(metric << 20 | ordinal, None)
    if before is not None:
        changes.retracted.append(before)


def rejudge(t: Ticket, metric: int, changes: Changes) -> None:
    """A later touch makes the yes of a first resolution a no, where it was counted."""
    judged = t.facts.get(metric << 20)
    if judged is not None and judged.value:
        put(t, replace(judged, value=0), changes)
