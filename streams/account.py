"""One account: its clock, its tickets, what closes with each minute. Rules: docs/semantics.md, sections 4 and 5."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from events.derived import SCHEMA, Fact, TicketRow, gauge_key, minute_key
from events.wire import OrderEvent, TicketEvent
from streams.book import Book, Dated
from streams.gauges import Gauges, State
from streams.results import Result, Source
from streams.state import AccountState, Settings
from streams.tickets.history import Outcome, apply, rewalk
from streams.tickets.moment import MOMENTS, Moment
from streams.tickets.press import Press
from streams.tickets.shelf import DAY_MS, HORIZON_MS, Shelf, Touched
from streams.tickets.telling import Changes
from streams.tickets.ticket import Ticket
from streams.watch import Watch
from streams.windows import LIVE_MINUTES, MINUTE_MS, Windows

_SHOWN_MS = DAY_MS
"""How long after its last event an account's waiting tickets are still shown minute by minute."""
Incoming = tuple[Source, int, int, str, TicketEvent | OrderEvent]
"""A record, its version, the event's instant, source name and event."""
Refused = tuple[Source, int, str, Outcome]
"""A record, its version, source name, and why."""
_encoder = msgspec.msgpack.Encoder()


class Account:
    def __init__(self, name: str, press: Press) -> None:
        self.name = name
        self.book = Book()
        self.clock = -1
        self.closed = -1
        """The last closed minute."""
        self._next_close_ms = -1
        self._last_event = -1
        self._version = 0
        self._windows = Windows(name)
        self._gauges = Gauges()
        self._watch = Watch(name, self.book)
        self._shelf = Shelf(name, press)
        self._walk: list[tuple[int, State | None]] = []
        """States of a ticket that is being walked anew."""
        self._gauge_minutes: set[int] = set()
        self._said: list[Result] = []
        self._book_changed = False
        self._book_version = 0
        self.is_touched = False
        """Something happened since the last flush."""
        self.folding = -1
        """Offset of the record being folded."""

    # -- time --------------------------------------------------------------------------------------------------------

    def advance(self, instant_ms: int, version: int) -> None:
        """Time has come to `instant_ms`: close what lies behind the watermark. The first instant closes nothing."""
        if instant_ms <= self.clock:
            return
        started = self.clock >= 0
        self.clock = instant_ms
        if instant_ms < self._next_close_ms:
            return
        self._version = version
        target = (instant_ms - self.book.latest.grace_ms) // MINUTE_MS - 1
        if not started:
            self.closed = target
        while self.closed < target:
            if self._is_awaited(self.closed + 1):
                self._close(self.closed + 1, version)
            else:
                self._skip(target)
        self._schedule()
        self._shelf.sweep(instant_ms, self._said)

    def _schedule(self) -> None:
        self._next_close_ms = (self.closed + 2) * MINUTE_MS + self.book.latest.grace_ms

    def due_at_ms(self) -> int | None:
        """When the next minute closes that something waits for; never an instant that has come, since that moves no clock."""
        if self.clock < 0 or not self._is_awaited(self.closed + 1):
            return None
        return max(self._next_close_ms, self.clock + 1)

    def _is_awaited(self, minute: int) -> bool:
        return bool(self._gauges.noted) or self._watch.is_waiting_for(minute) or self._is_shown(minute)

    def _is_shown(self, minute: int) -> bool:
        return self._gauges.waiting > 0 and (minute + 1) * MINUTE_MS <= self._last_event + _SHOWN_MS

    def _close(self, minute: int, version: int) -> None:
        if self._gauges.close(minute) or self._is_shown(minute):
            self._said.append(Result("metric-windows", *self._gauges.record(self.name, minute, version)))
            self._gauge_minutes.add(minute)
        self._watch.close(minute, version, self._said)
        self.closed = minute
        self._expire(minute - LIVE_MINUTES)

    def _skip(self, target: int) -> None:
        """Close minutes in which nothing can happen."""
        self._watch.skip(self.closed, target)
        self.closed = target
        oldest = target - LIVE_MINUTES
        for minute in sorted(m for m in self._windows.live() | self._gauge_minutes if m <= oldest):
            self._expire(minute)

    def _expire(self, minute: int) -> None:
        if minute in self._windows.dirty:
            self._said.append(Result("metric-windows", *self._windows.record(minute)))
        if self._windows.expire(minute):
            self._said.append(Result("metric-windows", minute_key(self.name, minute), None))
        if minute in self._gauge_minutes:
            self._gauge_minutes.discard(minute)
            self._said.append(Result("metric-windows", gauge_key(self.name, minute), None))

    # -- tickets -----------------------------------------------------------------------------------------------------

    def fold(self, inbox: Iterable[Incoming], tick_ms: int) -> list[Refused]:
        """Events of this account in the log's order: each moves the clock, then is applied to its ticket. What was refused."""
        refused: list[Refused] = []
        shelf, see = self._shelf, self._see
        book = self.book
        edition = book.edition
        for record, version, at, source, event in inbox:
            self.folding = record[0]
            clock = max(tick_ms, self.clock)
            if at < clock - HORIZON_MS:
                refused.append((record, version, source, Outcome.TOO_OLD))
                continue
            clock = max(clock, at)
            if clock > self.clock:
                if clock < self._next_close_ms:
                    self.clock = clock
                else:
                    self.advance(clock, version)
            self._version = version
            self._last_event = max(self._last_event, at)
            as_moment = MOMENTS.get(event.__class__)
            if as_moment is None:
                continue
            name = event.subject
            key = f"{source}/{name}"
            touched = shelf.take(key, source, name, clock, self._said)
            t = touched.ticket
            changes = touched.changes
            asserted, retracted = len(changes.asserted), len(changes.retracted)
            if t.edition != edition:
                t = self._reread(key, touched)
            began, status, since, channel, team = t.began, t.status, t.waiting_since, t.channel, t.team
            walked, outcome = apply(t, as_moment(event, at), book, changes, see)
            if outcome is Outcome.APPLIED:
                touched.is_changed = True
                walked.version = version
                walked.vendor = event.vendor or walked.vendor
                if walked is not t:
                    touched.ticket = walked
                    self._renote(key)
                elif t.waiting_since != since or t.status != status or t.channel != channel or t.team != team or not began:
                    state = _state_of(t)
                    if state != ((since, channel, team) if began and status == "open" else None):
                        self._gauges.changed(at // MINUTE_MS, self.closed + 1, key, state)
            elif outcome is Outcome.CONFLICT_KEPT or len(changes.asserted) > asserted or len(changes.retracted) > retracted:
                touched.is_changed = True
                t.version = version
            else:
                shelf.leave(key, touched)
            if outcome is Outcome.SEALED:
                refused.append((record, version, source, outcome))
            if len(changes.asserted) > asserted:
                self._count(changes.asserted[asserted:] if asserted else changes.asserted, 1, version)
            if len(changes.retracted) > retracted:
                self._count(changes.retracted[retracted:], -1, version)
        return refused

    def _reread(self, key: str, touched: Touched) -> Ticket:
        """The settings have changed since the ticket was last touched: its facts as they are told now."""
        t = touched.ticket
        if t.began:
            touched.ticket = rewalk(t, self.book, touched.changes, self._see)
            self._renote(key)
        else:
            t.edition = self.book.edition
        return touched.ticket

    def _see(self, event: Moment, t: Ticket) -> None:
        self._walk.append((event.at, _state_of(t)))

    def _renote(self, key: str) -> None:
        walk, self._walk = self._walk, []
        self._gauges.renote(self.closed + 1, key, walk)

    def _count(self, facts: list[Fact], sign: int, version: int) -> None:
        oldest = self.closed - LIVE_MINUTES
        self._windows.count(facts, sign, oldest, version)
        watched = self._watch.metrics
        for fact in facts:
            if fact.metric in watched:
                minute = fact.at // MINUTE_MS
                if minute > oldest:
                    self._watch.counted(sign, fact, minute, self.closed)

    # -- settings ----------------------------------------------------------------------------------------------------

    def configure(self, page: Dated, at_ms: int, version: int) -> None:
        self._version = version
        self._book_version = version
        self._book_changed = True
        when = max(at_ms, self.clock)
        book = self.book.with_page(page)
        kept = self._watch.drop_changed(book.latest.rules, when, self.closed, version, self._said)
        self.book = book
        self._watch.configure(self.book, self.closed, kept, self._windows)
        self._schedule()

    # -- what a flush says, and taking it up again -------------------------------------------------------------------

    def results(self) -> list[Result]:
        """Everything since the last call."""
        said, self._said = self._said, []
        self.is_touched = False
        self._shelf.tell(said)
        said.extend(Result("metric-windows", key, value) for key, value in self._windows.told())
        if self._book_changed:
            self._book_changed = False
            said.append(Result("fold-state", f"settings/{self.name}".encode(), _encoder.encode(self._settings())))
        said.append(Result("fold-state", f"account/{self.name}".encode(), _encoder.encode(self._state())))
        return said

    def _state(self) -> AccountState:
        return AccountState(
            SCHEMA,
            self._version,
            self.name,
            self.clock,
            self.closed,
            self._last_event,
            self._watch.until,
            sorted(self._gauges.late.items()),
            sorted(self._gauges.shown),
            self._watch.standings(),
        )

    def _settings(self) -> Settings:
        return Settings(SCHEMA, self._book_version, self.name, self.book.read)

    def restore(
        self,
        state: AccountState | None,
        settings: Settings | None,
        tickets: dict[str, bytes],
        minutes: dict[int, bytes],
        gauge_minutes: set[int],
    ) -> None:
        """Take up what was written, as of the last closed minute."""
        if settings is not None:
            self.book = Book(settings.read)
            self._book_version = settings.version
        if state is not None:
            self.clock, self.closed, self._last_event = state.clock, state.closed, state.last_event
            self._version = state.version
        for minute, value in sorted(minutes.items()):
            self._windows.restore(minute, value)
        self._gauge_minutes = gauge_minutes
        self._watch.configure(self.book, self.closed, state.standings if state is not None else [], self._windows)
        late = dict(state.late) if state is not None else {}
        for key, row in self._shelf.restore(tickets):
            self._restore_gauges(key, row, late)
        if state is not None:
            self._watch.until = state.until
            self._gauges.shown = set(state.shown)
            self._schedule()

    def _restore_gauges(self, key: str, row: TicketRow, late: dict[str, State | None]) -> None:
        if row.updated_at // MINUTE_MS <= self.closed and key not in late:
            if row.status == "open":
                self._gauges.set(key, (row.waiting_since, row.channel, row.team))
            return
        t = self._shelf.unpacked(key)
        if t is not None:
            rewalk(t, self.book, Changes(), self._see)
        standing = late.get(key)
        if key not in late:
            for at, state in self._walk:
                if at // MINUTE_MS <= self.closed:
                    standing = state
        self._gauges.set(key, standing)
        self._renote(key)


def _state_of(t: Ticket) -> State | None:
    return (t.waiting_since, t.channel, t.team) if t.status == "open" else None
