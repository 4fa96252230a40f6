"""One account: its clock, its tickets, what closes with each minute. Rules: docs/semantics.md, sections 4 and 5."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from events.derived import SCHEMA, Fact, Facts, FactsRecord, Minute, TicketRow, minute_key, ticket_key
from streams.book import Book, Dated
from streams.drift.detector import Standing
from streams.gauges import Gauges, State, gauge_key
from streams.results import Result
from streams.tickets.history import Outcome, apply, rewalk
from streams.tickets.life import Changes
from streams.tickets.moment import Moment
from streams.tickets.ticket import Heading, Ticket, heading, pack, unpack
from streams.watch import Watch
from streams.windows import LIVE_MINUTES, MINUTE_MS, Windows

DAY_MS = 86_400_000
HORIZON_MS = 45 * DAY_MS
"""How old an event may be, and how long a closed ticket is kept."""
_WATCHED_MS = DAY_MS
"""How long after its last event an account's waiting tickets are still shown minute by minute."""
_encoder = msgspec.msgpack.Encoder()


class AccountState(Struct, array_like=True):
    """What is remembered of an account beside its tickets and windows."""

    schema: int
    version: int
    account: str
    clock: int
    closed: int
    last_event: int
    until: int
    noted: list[int]
    shown: list[tuple[str, str]]
    standings: list[Standing]


class Settings(Struct, array_like=True):
    schema: int
    version: int
    account: str
    pages: tuple[Dated, ...]
    latest: int
    """Index of the page read last."""


class Account:
    def __init__(self, name: str) -> None:
        self.name = name
        self.book = Book()
        self.clock = -1
        self.closed = -1
        self._last_event = -1
        self._windows = Windows(name)
        self._gauges = Gauges()
        self._watch = Watch(name, self.book, self._windows)
        self._packed: dict[str, bytes] = {}
        self._hot: dict[str, Ticket] = {}
        self._before: dict[str, tuple[Heading, dict[int, Fact]]] = {}
        """Of each ticket touched since the last flush: what had been said of it."""
        self._walk: list[tuple[int, State | None]] = []
        """States of a ticket that is being walked anew."""
        self._by_day: dict[int, list[str]] = {}
        """Closed tickets, by the day of their last event."""
        self._swept = -1
        self._said: list[Result] = []
        self._gauge_minutes: set[int] = set()
        self._version = 0
        self._book_changed = False

    # -- time --------------------------------------------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        return self.clock >= 0

    def advance(self, instant_ms: int, version: int) -> None:
        """Time has come to `instant_ms`: close what lies behind the watermark. The first instant closes nothing."""
        if instant_ms <= self.clock:
            return
        started = self.clock >= 0
        self.clock = instant_ms
        self._version = version
        target = (instant_ms - self.book.latest.grace_ms) // MINUTE_MS - 1
        if not started:
            self.closed = target
            return
        while self.closed < target:
            if self._is_awaited(self.closed + 1):
                self._close(self.closed + 1, version)
            else:
                self._skip(target)
        self._sweep()

    def due_at_ms(self) -> int | None:
        """When the next minute closes that something waits for."""
        if self.clock < 0 or not self._is_awaited(self.closed + 1):
            return None
        return (self.closed + 2) * MINUTE_MS + self.book.latest.grace_ms

    def _is_awaited(self, minute: int) -> bool:
        if self._gauges.noted or self._watch.is_waiting_for(minute):
            return True
        return self._is_shown(minute)

    def _is_shown(self, minute: int) -> bool:
        return self._gauges.waiting > 0 and (minute + 1) * MINUTE_MS <= self._last_event + _WATCHED_MS

    def _close(self, minute: int, version: int) -> None:
        if self._gauges.close(minute) or self._is_shown(minute):
            key, value = self._gauges.record(self.name, minute, version)
            self._said.append(Result("metric-windows", key, value))
            self._gauge_minutes.add(minute)
        self._watch.close(minute, version, self._said)
        self.closed = minute
        self._expire(minute - LIVE_MINUTES)

    def _skip(self, target: int) -> None:
        """Close minutes in which nothing can happen."""
        if target - self.closed > 2 * LIVE_MINUTES:
            self.closed = target
            oldest = target - LIVE_MINUTES
            for minute in sorted(m for m in self._windows.minutes.keys() | self._gauge_minutes if m <= oldest):
                self._expire(minute)
            self._watch.restart(target)
            return
        for minute in range(self.closed + 1, target + 1):
            self._watch.roll(minute)
            self.closed = minute
            self._expire(minute - LIVE_MINUTES)

    def _expire(self, minute: int) -> None:
        if self._windows.expire(minute):
            self._said.append(Result("metric-windows", minute_key(self.name, minute), None))
        if minute in self._gauge_minutes:
            self._gauge_minutes.discard(minute)
            self._said.append(Result("metric-windows", gauge_key(self.name, minute), None))

    def _sweep(self) -> None:
        """Forget closed tickets past the horizon. What is swept when changes no number: `_find` asks for itself."""
        day = (self.clock - HORIZON_MS) // DAY_MS - 1
        if day <= self._swept:
            return
        self._swept = day
        for past in sorted(d for d in self._by_day if d <= day):
            for key in self._by_day.pop(past):
                ticket = self._find(key)
                if ticket is None and key in self._packed:
                    self._forget(key)

    # -- tickets -----------------------------------------------------------------------------------------------------

    def apply(self, source: str, vendor: str, ticket: str, event: Moment, version: int) -> Outcome:
        """One event of one ticket; the clock has been moved already."""
        self._version = version
        self._last_event = max(self._last_event, event.at)
        key = f"{source}/{ticket}"
        t = self._find(key)
        if t is None:
            if key in self._packed or key in self._hot:
                self._forget(key)
            t = Ticket(schema=SCHEMA, version=version, account=self.name, source=source, ticket=ticket, vendor=vendor)
        is_untold = key not in self._before
        if is_untold:
            self._before[key] = (heading(t), dict(t.facts))
        was = _state_of(t) if t.began else None
        changes: Changes = []
        walked, outcome = apply(t, event, self.book, changes, self._see)
        if outcome is Outcome.APPLIED:
            walked.version = version
            if walked is t:
                state = _state_of(t)
                if state != was:
                    self._gauges.note(max(event.at // MINUTE_MS, self.closed + 1), key, state)
            else:
                self._renote(key)
            self._count(changes, version)
        elif outcome is not Outcome.CONFLICT_KEPT and is_untold:
            del self._before[key]
            return outcome
        self._hot[key] = walked
        return outcome

    def _see(self, event: Moment, t: Ticket) -> None:
        self._walk.append((event.at, _state_of(t)))

    def _renote(self, key: str) -> None:
        """A ticket was walked anew: note its states of the minutes not closed yet, where they differ from what stands."""
        walk, self._walk = self._walk, []
        self._gauges.forget_notes(key)
        first = self.closed + 1
        standing = self._gauges.open.get(key)
        settled = standing
        for at, state in walk:
            if at // MINUTE_MS < first:
                settled = state
        if settled != standing:
            self._gauges.note(first, key, settled)
        for at, state in walk:
            if at // MINUTE_MS >= first and state != settled:
                self._gauges.note(at // MINUTE_MS, key, state)
                settled = state

    def _count(self, changes: Changes, version: int) -> None:
        windows, watch, oldest = self._windows, self._watch, self.closed - LIVE_MINUTES
        for sign, fact in changes:
            minute = fact.at // MINUTE_MS
            if minute <= oldest:
                continue
            numbers = windows.count(sign, fact, version)
            if watch.is_new:
                watch.discover(self.closed)
            if numbers:
                watch.counted(numbers, minute, self.closed, sign, fact.value)

    def _find(self, key: str) -> Ticket | None:
        """The ticket, if it is there and not past the horizon."""
        t = self._hot.get(key)
        if t is None:
            packed = self._packed.get(key)
            if packed is None:
                return None
            t = unpack(packed)
        if t.status != "open" and self.clock - t.updated_at > HORIZON_MS:
            return None
        return t

    def _forget(self, key: str) -> None:
        """A ticket past the horizon leaves the live state, after what was still to be said of it."""
        if key in self._before:
            self._said.extend(self._tell(key))
            del self._before[key]
        self._hot.pop(key, None)
        self._packed.pop(key, None)
        self._said.append(Result("tickets", f"{self.name}/{key}".encode(), None))

    # -- settings ----------------------------------------------------------------------------------------------------

    def configure(self, page: Dated, at_ms: int, version: int) -> None:
        self._version = version
        self._book_changed = True
        when = max(at_ms, self.clock)
        kept = self._watch.drop_changed(page.settings.rules, when, self.closed, version, self._said)
        self.book = self.book.with_page(page)
        self._watch.configure(self.book, self.closed, kept)

    # -- what a flush says, and taking it up again -------------------------------------------------------------------

    def results(self) -> list[Result]:
        """Everything since the last call; tickets not touched since then are let go of, but for their bytes."""
        said, self._said = self._said, []
        for key in self._before:
            said.extend(self._tell(key))
        self._hot = {key: self._hot[key] for key in self._before}
        self._before = {}
        for minute in sorted(self._windows.dirty):
            said.append(Result("metric-windows", *self._windows.record(minute)))
        self._windows.dirty = set()
        if self._book_changed:
            self._book_changed = False
            said.append(Result("fold-state", f"settings/{self.name}".encode(), _encoder.encode(self._settings())))
        said.append(Result("fold-state", f"account/{self.name}".encode(), _encoder.encode(self._state())))
        return said

    def _tell(self, key: str) -> list[Result]:
        head, facts = self._before[key]
        t = self._hot[key]
        packed = self._packed[key] = pack(t)
        name = ticket_key(self.name, t.source, t.ticket)
        if t.status != "open":
            self._by_day.setdefault(t.updated_at // DAY_MS, []).append(key)
        changed = _difference(t, head, facts)
        said = [Result("tickets", name, packed)]
        return said if changed is None else [*said, Result("facts", name, _encoder.encode(changed))]

    def _state(self) -> AccountState:
        return AccountState(
            SCHEMA,
            self._version,
            self.name,
            self.clock,
            self.closed,
            self._last_event,
            self._watch.until,
            sorted(self._gauges.noted),
            sorted(self._gauges.shown),
            self._watch.standings(),
        )

    def _settings(self) -> Settings:
        pages = self.book.pages
        latest = next(index for index, page in enumerate(pages) if page.settings is self.book.latest)
        return Settings(SCHEMA, self._version, self.name, pages, latest)

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
            self.book = Book(settings.pages)
            self.book.latest = settings.pages[settings.latest].settings
        if state is not None:
            self.clock, self.closed, self._last_event = state.clock, state.closed, state.last_event
            self._version = state.version
        for minute in minutes:
            self._windows.restore(minute)
        self._gauge_minutes = gauge_minutes
        self._watch.configure(self.book, self.closed, state.standings if state is not None else [])
        self._packed = tickets
        for key, packed in tickets.items():
            self._restore_ticket(key, packed)
        if state is not None:
            self._watch.until = state.until
            self._gauges.shown = {(scope, label) for scope, label in state.shown}
            for minute_number in state.noted:
                self._gauges.noted.setdefault(minute_number, {})

    def _restore_ticket(self, key: str, packed: bytes) -> None:
        row = _row_decoder.decode(packed)
        if row.status != "open":
            self._by_day.setdefault(row.updated_at // DAY_MS, []).append(key)
        if row.updated_at // MINUTE_MS <= self.closed:
            if row.status == "open":
                self._gauges.set(key, (row.waiting_since, row.channel, row.team))
            return
        rewalk(unpack(packed), self.book, [], self._see)
        for at, state in self._walk:
            if at // MINUTE_MS <= self.closed:
                self._gauges.set(key, state)
        self._renote(key)


_row_decoder = msgspec.msgpack.Decoder(TicketRow)


def _state_of(t: TicketRow) -> State | None:
    return (t.waiting_since, t.channel, t.team) if t.status == "open" else None


def _difference(t: Ticket, head: Heading, before: dict[int, Fact]) -> FactsRecord | None:
    """What is asserted now and was not, and the other way round; None if nothing."""
    after, now = t.facts, heading(t)
    if head == now:
        asserted = tuple(fact for key, fact in after.items() if before.get(key) != fact)
        retracted = tuple(fact for key, fact in before.items() if after.get(key) != fact)
    else:
        asserted, retracted = tuple(after.values()), tuple(before.values())
    if not asserted and not retracted:
        return None
    return FactsRecord(SCHEMA, t.version, t.account, t.source, t.ticket, Facts(*now, asserted), Facts(*head, retracted))
