"""A ticket's history: where an event goes, what the ticket is after it. Law: any order and any repetition gives the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from enum import Enum, auto

from streams.book import Book
from streams.tickets.life import step
from streams.tickets.moment import Moment, canonical, order
from streams.tickets.telling import Changes
from streams.tickets.ticket import Ticket, pack, unpack

SEAL_AT = 1000
SEALED = 500
"""A history longer than the first keeps the ticket as of the second and lets those events go."""


class Outcome(Enum):
    APPLIED = auto()
    REPEATED = auto()
    CONFLICT_KEPT = auto()
    """One id, two contents: what was there stays."""
    TOO_OLD = auto()
    """Past the account's horizon."""
    SEALED = auto()
    """Older than what is sealed: nothing can be corrected there."""


Seen = Callable[[Moment, Ticket], None]
"""Told of the ticket after each event of a history walked anew."""


def apply(t: Ticket, e: Moment, book: Book, changes: Changes, seen: Seen) -> tuple[Ticket, Outcome]:
    """The ticket after `e`: the same object stepped on when `e` is the newest, else one walked anew."""
    history = t.history
    if history:
        if t.sealed_through is not None and order(e) <= tuple(t.sealed_through):
            return t, Outcome.SEALED
        name = e.id
        for known in history:
            if known.id == name:
                return _again(t, known, e, book, changes, seen)
        last = history[-1]
    if not history or e.at > last.at or order(last) < order(e):
        step(t, e, book, changes)
        history.append(e)
        return (_seal(t, book) if len(history) > SEAL_AT else t), Outcome.APPLIED
    key = order(e)
    history.insert(bisect_left(history, key, key=order), e)
    return rewalk(t, book, changes, seen), Outcome.APPLIED


def _again(t: Ticket, known: Moment, e: Moment, book: Book, changes: Changes, seen: Seen) -> tuple[Ticket, Outcome]:
    mine, theirs = canonical(known), canonical(e)
    if mine == theirs:
        return t, Outcome.REPEATED
    t.conflicts += 1
    if mine < theirs:
        return t, Outcome.CONFLICT_KEPT
    t.history.remove(known)
    t.history.insert(bisect_left(t.history, order(e), key=order), e)
    return rewalk(t, book, changes, seen), Outcome.APPLIED


def rewalk(t: Ticket, book: Book, changes: Changes, seen: Seen) -> Ticket:
    """The ticket that the history gives from its beginning; `changes` is the difference to the facts of `t`."""
    fresh = unpack(t.sealed) if t.sealed is not None else _blank(t)
    ignored = Changes()
    for e in t.history:
        step(fresh, e, book, ignored)
        seen(e, fresh)
    fresh.history = t.history
    fresh.conflicts = t.conflicts
    fresh.sealed, fresh.sealed_through = t.sealed, t.sealed_through
    fresh.version, fresh.vendor, fresh.edition = t.version, t.vendor, book.edition
    before, after = t.facts, fresh.facts
    changes.retracted.extend(fact for key, fact in before.items() if after.get(key) != fact)
    changes.asserted.extend(fact for key, fact in after.items() if before.get(key) != fact)
    return fresh


def _blank(t: Ticket) -> Ticket:
    return Ticket(schema=t.schema, version=t.version, account=t.account, source=t.source, ticket=t.ticket, vendor=t.vendor)


def _seal(t: Ticket, book: Book) -> Ticket:
    base = unpack(t.sealed) if t.sealed is not None else _blank(t)
    for e in t.history[:SEALED]:
        step(base, e, book, Changes())
    base.history = []
    t.sealed = pack(base)
    t.sealed_through = order(t.history[SEALED - 1])
    t.history = t.history[SEALED:]
    return t
