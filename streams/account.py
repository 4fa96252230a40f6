"""One account: its clock, its tickets, what closes with each minute. Rules: docs/semantics.md, sections 4 and 5."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from events.derived import SCHEMA, TicketRow, gauge_key, minute_key
from events.wire import OrderEvent, TicketEvent
from streams.book import Book, Dated
from streams.gauges import Gauges, State, Walk, state_of
from streams.results import Result, Source
from streams.state import AccountState, Settings
from streams.tickets.history import APPLIED, REFUSED, Outcome, apply, rewalk
from streams.tickets.moment import MOMENTS
from streams.tickets.press import Press
from streams.tickets.shelf import DAY_MS, HORIZON_MS, Shelf, Touched
from streams.tickets.silences import Silences
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
        self._silences = Silences()
        self._walk = Walk()
        """Of a ticket that is being walked anew; empty otherwise."""
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
        if self.clock < 0:
            return None
        if self._is_awaited(self.closed + 1):
            return max(self._next_close_ms, self.clock + 1)
        lapse = self._silences.next_minute()
        return None if lapse is None else max((lapse + 1) * MINUTE_MS + self.book.latest.grace_ms, self.clock + 1)

    def _is_awaited(self, minute: int) -> bool:
        lapse = self._silences.next_minute()
        lapses = lapse is not None and lapse <= minute
        return lapses or bool(self._gauges.noted) or self._watch.is_waiting_for(minute) or self._is_shown(minute)

    def _is_shown(self, minute: int) -> bool:
        return self._gauges.waiting > 0 and (minute + 1) * MINUTE_MS <= self._last_event + _SHOWN_MS

    def _close(self, minute: int, version: int) -> None:
        self._lapse((minute + 1) * MINUTE_MS, version)
        if self._gauges.close(minute) or self._is_shown(minute):
            self._said.append(Result("metric-windows", *self._gauges.record(self.name, minute, version)))
            self._gauge_minutes.add(minute)
        self._watch.close(minute, version, self._said)
        self.closed = minute
        self._expire(minute - LIVE_MINUTES)

    def _skip(self, target: int) -> None:
        """Close minutes in which nothing can happen, up to the next in which a ticket lapses."""
        lapse = self._silences.next_minute()
        target = target if lapse is None else min(target, lapse - 1)
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
        shelf, see = self._shelf, self._walk.see
        book, clock = self.book, max(tick_ms, self.clock)
        edition = book.edition
        for record, version, at, source, event in inbox:
            self.folding = record[0]
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
            retold = t.edition != edition and t.began
            if t.edition != edition:
                t = self._reread(key, touched, (self.closed + 1) * MINUTE_MS)
            began, status, since, channel, team = t.began, t.status, t.waiting_since, t.channel, t.team
            walked, outcome = apply(t, as_moment(event, at), book, changes, see, (self.closed + 1) * MINUTE_MS)
            if book.can_lapse:
                self._silences.put(key, walked)
            said_more = len(changes.asserted) > asserted or len(changes.retracted) > retracted
            if outcome is APPLIED:
                touched.is_changed = True
                walked.version = version
                walked.vendor = event.vendor or walked.vendor
                if walked is not t:
                    touched.ticket = walked
                    self._gauges.renote(self.closed + 1, key, self._walk)
                elif t.waiting_since != since or t.status != status or t.channel != channel or t.team != team or not began:
                    state = state_of(t)
                    if state != ((since, channel, team) if began and status == "open" else None):
                        self._gauges.changed(at // MINUTE_MS, self.closed + 1, key, state)
            else:
                if outcome is Outcome.CONFLICT_KEPT or said_more or retold:
                    touched.is_changed = True
                    t.version = version
                else:
                    shelf.leave(key, touched)
                if outcome in REFUSED:
                    refused.append((record, version, source, outcome))
            if said_more:
                self._recount(changes, asserted, retracted, version)
        return refused

    def _lapse(self, end_ms: int, version: int) -> None:
        """Tickets whose silence was too long before an instant, by the settings as they now are."""
        for key in self._silences.take(end_ms):
            source, _, name = key.partition("/")
            touched = self._shelf.take(key, source, name, self.clock, self._said)
            asserted, retracted = len(touched.changes.asserted), len(touched.changes.retracted)
            t = self._reread(key, touched, end_ms)
            t.version = version
            touched.is_changed = True
            self._silences.put(key, t)
            self._recount(touched.changes, asserted, retracted, version)

    def _reread(self, key: str, touched: Touched, end_ms: int) -> Ticket:
        """The ticket as it is told now: under settings that changed since it was last touched, or after a silence."""
        t = touched.ticket
        if t.began:
            touched.ticket = rewalk(t, self.book, touched.changes, self._walk.see, end_ms)
            self._gauges.renote(self.closed + 1, key, self._walk)
        else:
            t.edition = self.book.edition
        return touched.ticket

    def _recount(self, changes: Changes, asserted: int, retracted: int, version: int) -> None:
        """Count what changed beyond so many on either side."""
        oldest, watched = self.closed - LIVE_MINUTES, self._watch.metrics
        for facts, counted, sign in ((changes.asserted, asserted, 1), (changes.retracted, retracted, -1)):
            if len(facts) == counted:
                continue
            fresh = facts[counted:] if counted else facts
            self._windows.count(fresh, sign, oldest, version)
            for fact in fresh:
                if fact.metric in watched and fact.at // MINUTE_MS > oldest:
                    self._watch.counted(sign, fact, fact.at // MINUTE_MS, self.closed)

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
            settings = Settings(SCHEMA, self._book_version, self.name, self.book.read)
            said.append(Result("fold-state", f"settings/{self.name}".encode(), _encoder.encode(settings)))
        said.append(Result("fold-state", f"account/{self.name}".encode(), _encoder.encode(self._state())))
        return said

    def _state(self) -> AccountState:
        late, shown = sorted(self._gauges.late.items()), sorted(self._gauges.shown)
        times = (self.clock, self.closed, self._last_event, self._watch.until)
        return AccountState(SCHEMA, self._version, self.name, *times, late, shown, self._watch.standings())

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
            self.clock, self.closed, self._last_event, self._version = state.clock, state.closed, state.last_event, state.version
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
        if self.book.can_lapse and row.waiting_since is not None:
            self._silences.put(key, self._shelf.written(key))
        if row.updated_at // MINUTE_MS <= self.closed and key not in late:
            if row.status == "open":
                self._gauges.set(key, (row.waiting_since, row.channel, row.team))
            return
        t = self._shelf.written(key)
        rewalk(t, self.book.as_of(t.edition), Changes(), self._walk.see, (self.closed + 1) * MINUTE_MS)
        standing = late.get(key)
        if key not in late:
            for at, state in self._walk:
                if at // MINUTE_MS <= self.closed:
                    standing = state
        self._gauges.set(key, standing)
        self._gauges.renote(self.closed + 1, key, self._walk)
