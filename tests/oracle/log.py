"""The log of one partition, from its beginning: what must be known after it. Sections 4 and 5."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.abandonment import lapses_at, live_with
from tests.oracle.alerts import Alerts
from tests.oracle.facts import Fact, Heading, heading, measured
from tests.oracle.gauges import Gauges, timeline
from tests.oracle.history import Event, History
from tests.oracle.minutes import LIVE, MINUTE_MS, Windows
from tests.oracle.placing import place
from tests.oracle.reading import Configuration, Silent, Tick, read
from tests.oracle.rows import row
from tests.oracle.settings import Book, is_workable

_AHEAD_MS = 2 * 60_000
_HORIZON_MS = 45 * 86_400_000

Record = tuple[int, int, bytes | None, bytes | None]
"""Offset, received at (ms), key, value."""
Ticket = tuple[str, str, str]
FactIdentity = tuple[Any, ...]
WindowIdentity = tuple[str, str, str, str, int]


@dataclass
class Expected:
    """What the log says, by identity."""

    tickets: dict[Ticket, dict[str, Any]] = field(default_factory=dict)
    facts: set[FactIdentity] = field(default_factory=set)
    """Account, source, ticket, then the fields of a fact and of its heading: all of them, since they are its identity."""
    windows: dict[WindowIdentity, dict[str, Any]] = field(default_factory=dict)
    """Account, metric, scope, label, minute; without windows that cover nothing."""
    alerts: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    rejects: dict[int, str] = field(default_factory=dict)


@dataclass
class _Kept:
    """A ticket as last told."""

    history: History
    row: dict[str, Any]
    facts: list[Fact]
    heading: Heading
    edition: int
    """Of the settings it was told under."""
    lapses_at: int | None
    """When it is abandoned if nothing comes."""


class _Account:
    def __init__(self, name: str) -> None:
        self.name = name
        self.book = Book()
        self.windows = Windows()
        self.gauges = Gauges()
        self.alerts = Alerts(name, self.book, self.windows)
        self.tickets: dict[tuple[str, str], _Kept] = {}
        self.forgotten: list[tuple[str, str, _Kept]] = []
        self.readings: dict[WindowIdentity, int] = {}
        self.begun = False
        self.clock = 0
        self.closed = 0
        """The last closed minute."""
        self.last_event_ms = 0
        self.latest_fact_minute = 0

    def advance(self, at: int) -> None:
        """The clock moves, and minutes close behind it."""
        if self.begun and at <= self.clock:
            return
        self.clock = at
        closable = (at - self.book.last_read.grace_ms) // MINUTE_MS - 1
        if not self.begun:
            self.begun, self.closed = True, closable
            return
        while self.closed < closable:
            if self.closed - self.latest_fact_minute > 2 * LIVE and self.gauges_and_alerts_rest():
                self.closed = closable
                return
            self._close(self.closed + 1)

    def gauges_and_alerts_rest(self) -> bool:
        """Nothing can come of the minutes that follow, until something happens."""
        unwatched = self.gauges.is_quiet or (
            not self.gauges.moved and self.closed * MINUTE_MS > self.last_event_ms + LIVE * MINUTE_MS
        )
        waits = any(kept.lapses_at is not None for kept in self.tickets.values())
        return unwatched and self.alerts.is_quiet and not waits

    def _close(self, minute: int) -> None:
        end_ms = (minute + 1) * MINUTE_MS
        for key, kept in self.tickets.items():
            if kept.lapses_at is not None and kept.lapses_at < end_ms:
                self._tell(key, kept.history, kept, end_ms)
        for (scope, label), reading in self.gauges.close(minute, self.last_event_ms).items():
            for metric, value in zip(("backlog_open", "waiting_now", "oldest_wait"), reading, strict=True):
                self.readings[self.name, metric, scope, label, minute] = value
        self.alerts.close(minute)
        self.closed = minute

    def apply(self, event: Event) -> None:
        key = (event.source, event.ticket)
        kept = self.tickets.get(key)
        if kept is not None and kept.row["status"] != "open" and self.clock - kept.row["updated_at"] > _HORIZON_MS:
            self.forgotten.append((*key, kept))
            kept = None
        history = kept.history if kept else History()
        if not history.add(event) and kept is not None and kept.edition == self.book.edition:
            return
        self._tell(key, history, kept, (self.closed + 1) * MINUTE_MS)

    def _tell(self, key: tuple[str, str], history: History, kept: _Kept | None, until_ms: int) -> None:
        life, turns = live_with(history.in_order(), self.book, until_ms)
        head, everything = heading(life, self.book), measured(life, turns, self.book)
        told = [] if life.left else everything
        before = kept.facts if kept else []
        for fact in before:
            if fact not in told:
                self.windows.change(fact, -1, self.closed)
        for fact in told:
            if fact not in before:
                self.windows.change(fact, +1, self.closed)
                self.latest_fact_minute = max(self.latest_fact_minute, fact.at // MINUTE_MS)
        self.gauges.retold("/".join(key), timeline(life, turns))
        due = lapses_at(life.steps[-1], turns.waiting[-1], self.book)
        self.tickets[key] = _Kept(history, row(life, turns, self.book, head, everything), told, head, self.book.edition, due)


def recompute(records: Iterable[Record], number: int = 0, partitions: int = 1) -> Expected:
    """Everything that follows from the records of partition `number`, in the order of their offsets."""
    expected = Expected()
    accounts: dict[str, _Account] = {}
    tick = None
    for offset, received_at, _, value in records:
        said = "not_json" if value is None else read(value)
        if isinstance(said, str):
            expected.rejects[offset] = said
            continue
        at = said.at
        if at > received_at + _AHEAD_MS:
            expected.rejects[offset] = "future"
            continue
        if isinstance(said, Tick):
            tick = said.at if tick is None else max(tick, said.at)
            for account in accounts.values():
                if account.begun:
                    account.advance(tick)
            continue
        if place(said.account, partitions) != number:
            expected.rejects[offset] = "wrong_partition"
            continue
        if isinstance(said, Silent):
            continue
        if isinstance(said, Configuration) and not is_workable(said.settings):
            expected.rejects[offset] = "invalid"
            continue
        account = accounts.setdefault(said.account, _Account(said.account))
        if isinstance(said, Configuration):
            if account.begun:
                account.advance(at if tick is None else max(at, tick))
            account.book.add(said.starts, said.settings)
            account.alerts.configured(max(at, account.clock) if account.begun else at)
            continue
        clock = account.clock if account.begun else tick
        if clock is not None and at < clock - _HORIZON_MS:
            expected.rejects[offset] = "too_old"
            continue
        account.advance(at if tick is None else max(at, tick))
        account.last_event_ms = max(account.last_event_ms, at)
        if isinstance(said, Event):
            account.apply(said)
    for account in accounts.values():
        _collect(account, expected)
    return expected


def _collect(account: _Account, into: Expected) -> None:
    name = account.name
    for source, ticket, kept in account.forgotten:
        into.facts |= {(name, source, ticket, *fact, *kept.heading) for fact in kept.facts}
    for (source, ticket), kept in account.tickets.items():
        into.tickets[name, source, ticket] = kept.row
        into.facts |= {(name, source, ticket, *fact, *kept.heading) for fact in kept.facts}
    for (metric, scope, label), minute, cell in account.windows.all():
        if cell.count:
            levels = tuple(cell.levels) if any(cell.levels) else ()
            into.windows[name, metric, scope, label, minute] = {
                "count": cell.count,
                "sum": cell.sum,
                "met": cell.met,
                "missed": cell.missed,
                "levels": levels,
            }
    for identity, value in account.readings.items():
        into.windows[identity] = {"gauge": value}
    into.alerts |= account.alerts.told
