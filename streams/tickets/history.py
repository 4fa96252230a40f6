"""A ticket's history: where an event goes, what the ticket is after it. Law: any order and any repetition gives the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from enum import Enum, auto

import msgspec

from streams.book import Book
from streams.tickets.endings import abandon
from streams.tickets.life import step
from streams.tickets.moment import MERGED, Moment, canonical, order
from streams.tickets.telling import Changes
from streams.tickets.ticket import Ticket, pack, unpack

SEAL_AT = 1000
SEAL_BYTES = 400_000
"""A history longer than either keeps the ticket as of its older half, and lets those events go."""
WEIGHED_EVERY = 64
"""Events: so often is a history weighed, and none shorter is looked at."""
HELD_TIMES = 4
"""So many times as long it may become while its older half lies in a minute not closed yet: a flood of events must end somewhere."""
MOST_FACTS = 20_000
"""Of one ticket: beyond them it takes nothing but its end, since it must still fit into a record."""
_encoder = msgspec.msgpack.Encoder()


class Outcome(Enum):
    APPLIED = auto()
    REPEATED = auto()
    CONFLICT_KEPT = auto()
    """One id, two contents: what was there stays."""
    TOO_OLD = auto()
    """Past the account's horizon."""
    SEALED = auto()
    """Older than what is sealed: nothing can be corrected there."""
    FULL = auto()
    """It has more facts than one record should hold: two mailboxes that answer each other, say."""


REFUSED = frozenset({Outcome.SEALED, Outcome.FULL})
APPLIED = Outcome.APPLIED
"""What nearly every event comes to; a member looked up in its class takes as long as a call."""


Seen = Callable[[int, Ticket], None]
"""Told of the ticket after each event of a history walked anew, and after a lapse: at which instant, and how it is then."""


def apply(t: Ticket, e: Moment, book: Book, changes: Changes, seen: Seen, end_ms: int) -> tuple[Ticket, Outcome]:
    """The ticket after `e`: the same object stepped on when `e` is the newest, else one walked anew.

    A silence that lapses before `end_ms` has lapsed; one that a newer event ended has too, if it was long enough.
    """
    history = t.history
    if history:
        if t.sealed_through is not None and order(e) <= tuple(t.sealed_through):
            return t, Outcome.SEALED
        name = e.id
        for known in history:
            if known.id == name:
                return _again(t, known, e, book, changes, seen, end_ms)
        last = history[-1]
    if len(t.facts) > MOST_FACTS and e.rank < MERGED:
        return t, Outcome.FULL
    if not history or e.at > last.at or order(last) < order(e):
        due = t.lapses_at
        if due is None or (t.status == "open" and e.at <= due):
            step(t, e, book, changes)
            history.append(e)
            if book.can_lapse:
                t.lapses_at = _lapses_at(t, book)
                _lapse(t, end_ms, book, changes)
            return (t if len(history) < WEIGHED_EVERY else _sealed(t, book, end_ms)), APPLIED
    key = order(e)
    history.insert(bisect_left(history, key, key=order), e)
    return _sealed(rewalk(t, book, changes, seen, end_ms), book, end_ms), APPLIED


def _again(t: Ticket, known: Moment, e: Moment, book: Book, changes: Changes, seen: Seen, end_ms: int) -> tuple[Ticket, Outcome]:
    mine, theirs = canonical(known), canonical(e)
    if mine == theirs:
        return t, Outcome.REPEATED
    t.conflicts += 1
    if mine < theirs:
        return t, Outcome.CONFLICT_KEPT
    t.history.remove(known)
    t.history.insert(bisect_left(t.history, order(e), key=order), e)
    return rewalk(t, book, changes, seen, end_ms), Outcome.APPLIED


def rewalk(t: Ticket, book: Book, changes: Changes, seen: Seen, end_ms: int) -> Ticket:
    """The ticket that the history gives from its beginning; `changes` is the difference to the facts of `t`."""
    if t.sealed is None:
        fresh = _blank(t)
    else:
        fresh = unpack(t.sealed)
        seen(fresh.updated_at, fresh)
    _walk(fresh, t.history, book, seen)
    if _lapse(fresh, end_ms, book, Changes()):
        seen(fresh.lapses_at or 0, fresh)
    fresh.history = t.history
    fresh.conflicts = t.conflicts
    fresh.sealed, fresh.sealed_through = t.sealed, t.sealed_through
    fresh.version, fresh.vendor, fresh.edition = t.version, t.vendor, book.edition
    before, after = t.facts, fresh.facts
    changes.retracted.extend(fact for key, fact in before.items() if after.get(key) != fact)
    changes.asserted.extend(fact for key, fact in after.items() if before.get(key) != fact)
    return fresh


def _walk(t: Ticket, events: Iterable[Moment], book: Book, seen: Seen) -> None:
    ignored = Changes()
    for e in events:
        if _lapse(t, e.at, book, ignored):
            seen(t.lapses_at or 0, t)
        step(t, e, book, ignored)
        t.lapses_at = _lapses_at(t, book) if book.can_lapse else None
        seen(e.at, t)


def _lapses_at(t: Ticket, book: Book) -> int | None:
    if t.status != "open" or t.waiting_since is None:
        return None
    silence = book.silence_ms(t.channel, t.updated_at)
    return None if silence is None else t.updated_at + silence


def _lapse(t: Ticket, end_ms: int, book: Book, changes: Changes) -> bool:
    """Nothing came until the silence was too long: the customer has left. True if that is new."""
    due = t.lapses_at
    if due is None or due >= end_ms or t.status != "open":
        return False
    abandon(t, due, book, changes)
    return True


def _blank(t: Ticket) -> Ticket:
    return Ticket(schema=t.schema, version=t.version, account=t.account, source=t.source, ticket=t.ticket, vendor=t.vendor)


def _sealed(t: Ticket, book: Book, end_ms: int) -> Ticket:
    """The same ticket, its older half sealed if it is too long. What lies in a minute not closed yet waits: gauges ask for it."""
    history = t.history
    if not _is_long(history):
        return t
    half = len(history) // 2
    if history[half - 1].at >= end_ms and not _is_long(history, HELD_TIMES):
        return t
    base = unpack(t.sealed) if t.sealed is not None else _blank(t)
    _walk(base, history[:half], book, lambda *_: None)
    base.history = []
    t.sealed = pack(base)
    t.sealed_through = order(history[half - 1])
    t.history = history[half:]
    return t


def _is_long(history: list[Moment], times: int = 1) -> bool:
    length = len(history)
    return length > times * SEAL_AT or (not length % WEIGHED_EVERY and len(_encoder.encode(history)) > times * SEAL_BYTES)
