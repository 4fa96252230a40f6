"""Asserting and taking back facts of a ticket, and saying what changed."""

from __future__ import annotations

from msgspec.structs import replace

from events.derived import Fact
from streams.tickets.ticket import Ticket

Change = tuple[int, Fact]
"""+1 and a fact now asserted, or -1 and one no longer."""
Changes = list[Change]


def put(t: Ticket, fact: Fact, changes: Changes) -> None:
    key = fact.metric << 20 | fact.ordinal
    facts = t.facts
    before = facts.get(key)
    if before is not None:
        if before == fact:
            return
        changes.append((-1, before))
    facts[key] = fact
    changes.append((1, fact))


def drop(t: Ticket, metric: int, ordinal: int, changes: Changes) -> None:
    before = t.facts.pop(metric << 20 | ordinal, None)
    if before is not None:
        changes.append((-1, before))


def rejudge(t: Ticket, metric: int, changes: Changes) -> None:
    """A later touch makes the yes of a first resolution a no, where it was counted."""
    judged = t.facts.get(metric << 20)
    if judged is not None and judged.value:
        put(t, replace(judged, value=0), changes)
