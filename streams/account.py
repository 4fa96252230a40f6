"""One account: its clock, its tickets, what closes with each minute. Rules: docs/semantics.md, sections 4 and 5."""

from __future__ import annotations

import msgspec

from events.derived import SCHEMA, Minute, gauge_key, minute_key
from events.wire import OrderEvent, TicketEvent
from streams.book import Book, Dated
from streams.gauges import Gauges, State
from streams.results import Result
from streams.state import AccountState, Settings
from streams.tickets.history import Outcome, apply, rewalk
from streams.tickets.moment import MOMENTS, Moment
from streams.tickets.shelf import DAY_MS, HORIZON_MS, Shelf, Touched
from streams.tickets.telling import Changes
from streams.tickets.ticket import Ticket, unpack, unpack_row
from streams.watch import Watch
from streams.windows import LIVE_MINUTES, MINUTE_MS, Windows

_SHOWN_MS = DAY_MS
"""How long after its last event an account's waiting tickets are still shown minute by minute."""
_encoder = msgspec.msgpack.Encoder()


class Account:
    def __init__(self, name: str) -> None:
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
        self._shelf = Shelf(name)
        self._walk: list[tuple[int, State | None]] = []
        """States of a ticket that is being walked anew."""
        self._gauge_minutes: set[int] = set()
        self._said: list[Result] = []
        self._book_changed = False
        self._book_version = 0
        self.is_touched = False
        """Something happened since the last flush."""

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
        """When the next minute closes that something waits for."""
        if self.clock < 0 or not self._is_awaited(self.closed + 1):
            return None
        return self._next_close_ms

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
        for minute in sorted(m for m in self._windows.minutes.keys() | self._gauge_minutes if m <= oldest):
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

    def fold(self, event: TicketEvent | OrderEvent, at: int, source: str, version: int, tick_ms: int) -> Outcome | None:
        """Move the clock, then apply the event to its ticket; tells only what was refused."""
        clock = max(self.clock, tick_ms)
        if at < clock - HORIZON_MS:
            return Outcome.TOO_OLD
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
            return None
        name = event.subject
        key = f"{source}/{name}"
        touched = self._shelf.take(key, source, name, clock, self._said)
        t = touched.ticket
        changes = touched.changes
        before = len(changes)
        if t.edition != self.book.edition:
            t = self._reread(key, touched)
        was = _state_of(t) if t.began else None
        walked, outcome = apply(t, as_moment(event, at), self.book, changes, self._see)
        if outcome is Outcome.APPLIED:
            touched.is_changed = True
            walked.version = version
            walked.vendor = event.vendor or walked.vendor
            if walked is t:
                state = _state_of(t)
                if state != was:
                    minute = at // MINUTE_MS
                    if minute > self.closed:
                        self._gauges.note(minute, key, state)
                    else:
                        self._gauges.note_late(self.closed + 1, key, state)
            else:
                touched.ticket = walked
                self._renote(key)
        elif outcome is Outcome.CONFLICT_KEPT or len(changes) > before:
            touched.is_changed = True
            t.version = version
        else:
            self._shelf.leave(key, touched)
        if len(changes) > before:
            self._count(changes[before:] if before else changes, version)
        return outcome if outcome is Outcome.SEALED else None

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
        """A ticket was walked anew: note its states of the minutes not closed yet, where they differ from what stands."""
        walk, self._walk = self._walk, []
        self._gauges.forget_notes(key)
        first = self.closed + 1
        standing = settled = self._gauges.open.get(key)
        for at, state in walk:
            if at // MINUTE_MS < first:
                settled = state
        if settled != standing:
            self._gauges.note_late(first, key, settled)
        for at, state in walk:
            if at // MINUTE_MS >= first and state != settled:
                self._gauges.note(at // MINUTE_MS, key, state)
                settled = state

    def _count(self, changes: Changes, version: int) -> None:
        oldest = self.closed - LIVE_MINUTES
        self._windows.count(changes, oldest, version)
        watched = self._watch.metrics
        for sign, fact in changes:
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
        for minute in self._windows.dirty:
            said.append(Result("metric-windows", *self._windows.record(minute)))
        self._windows.dirty = {}
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
        minutes: list[Minute],
        gauge_minutes: set[int],
    ) -> None:
        """Take up what was written, as of the last closed minute."""
        if settings is not None:
            self.book = Book(settings.read)
            self._book_version = settings.version
        if state is not None:
            self.clock, self.closed, self._last_event = state.clock, state.closed, state.last_event
            self._version = state.version
        for minute in minutes:
            self._windows.restore(minute)
        self._gauge_minutes = gauge_minutes
        self._watch.configure(self.book, self.closed, state.standings if state is not None else [], self._windows)
        late = dict(state.late) if state is not None else {}
        for key, packed in self._shelf.restore(tickets):
            self._restore_gauges(key, packed, late)
        if state is not None:
            self._watch.until = state.until
            self._gauges.shown = set(state.shown)
            self._schedule()

    def _restore_gauges(self, key: str, packed: bytes, late: dict[str, State | None]) -> None:
        row = unpack_row(packed)
        if row.updated_at // MINUTE_MS <= self.closed and key not in late:
            if row.status == "open":
                self._gauges.set(key, (row.waiting_since, row.channel, row.team))
            return
        rewalk(unpack(packed), self.book, [], self._see)
        standing = late.get(key)
        if key not in late:
            for at, state in self._walk:
                if at // MINUTE_MS <= self.closed:
                    standing = state
        self._gauges.set(key, standing)
        self._renote(key)


def _state_of(t: Ticket) -> State | None:
    return (t.waiting_since, t.channel, t.team) if t.status == "open" else None
