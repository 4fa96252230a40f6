"""How many tickets are open and waiting in one account, and since when, as of the last closed minute.

What an event changes is noted for the minute it happened in, and takes effect when that minute closes: a gauge is
computed from the events known at the close that lie before the minute's end.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import msgspec

from events.derived import SCHEMA, gauge_key
from streams.tickets.ticket import Ticket
from streams.windows import MINUTE_MS

State = tuple[int | None, str, str]
"""Of an open ticket: start of its open turn or None, channel, team."""
Place = tuple[str, str]
"""Channel and team."""
_encoder = msgspec.msgpack.Encoder()
_SLACK = 64


class Walk(list[tuple[int, State | None]]):
    """How a ticket stood after each instant of its history, as it is walked anew."""

    def see(self, at_ms: int, t: Ticket) -> None:
        self.append((at_ms, state_of(t)))


def state_of(t: Ticket) -> State | None:
    return (t.waiting_since, t.channel, t.team) if t.status == "open" else None


class _Here:
    """The open tickets of one place."""

    __slots__ = ("oldest", "open", "waiting")

    def __init__(self) -> None:
        self.open = 0
        self.waiting = 0
        self.oldest: list[tuple[int, str, State]] = []
        """Heap of turn starts, tickets, and their states; those that are no longer the ticket's are no longer so."""


class Gauges:
    def __init__(self) -> None:
        self.open: dict[str, State] = {}
        self.noted: dict[int, dict[str, State | None]] = {}
        """By minute not closed yet; None is a ticket no longer open."""
        self.late: dict[str, State | None] = {}
        """Tickets with late notes, as they stand until the next close."""
        self.shown: set[Place] = set()
        """Places whose last rows were not all zero."""
        self.waiting = 0
        self._places: dict[Place, _Here] = {}

    def note(self, minute: int, ticket: str, state: State | None) -> None:
        notes = self.noted.get(minute)
        if notes is None:
            notes = self.noted[minute] = {}
        notes[ticket] = state

    def changed(self, minute: int, first: int, ticket: str, state: State | None) -> None:
        """An event of `minute` changed the ticket; `first` is the first minute not closed yet."""
        if minute < first:
            self.note_late(first, ticket, state)
            return
        notes = self.noted.get(minute)
        if notes is None:
            notes = self.noted[minute] = {}
        notes[ticket] = state

    def renote(self, first: int, ticket: str, walk: Walk) -> None:
        """A ticket was walked anew: note how it stands in minutes not closed yet, where that differs from what stands."""
        self.forget_notes(ticket)
        standing = settled = self.open.get(ticket)
        for at, state in walk:
            if at // MINUTE_MS < first:
                settled = state
        if settled != standing:
            self.note_late(first, ticket, settled)
        for at, state in walk:
            if at // MINUTE_MS >= first and state != settled:
                self.note(at // MINUTE_MS, ticket, state)
                settled = state
        walk.clear()

    def note_late(self, minute: int, ticket: str, state: State | None) -> None:
        """An event of a minute that has closed changed the ticket: noted for the next close, `minute`."""
        standing = self.late.setdefault(ticket, self.open.get(ticket))
        if state == standing:
            self.forget_notes(ticket)
        else:
            self.note(minute, ticket, state)

    def forget_notes(self, ticket: str) -> None:
        """Before a ticket is walked anew: what was noted of it may no longer be so."""
        self.late.pop(ticket, None)
        for minute in [m for m, notes in self.noted.items() if ticket in notes]:
            notes = self.noted[minute]
            del notes[ticket]
            if not notes:
                del self.noted[minute]

    def close(self, minute: int) -> bool:
        """Let the notes up to `minute` take effect; True if there were any."""
        self.late = {}
        due = sorted(m for m in self.noted if m <= minute)
        for m in due:
            for ticket, state in self.noted.pop(m).items():
                self.set(ticket, state)
        return bool(due)

    def set(self, ticket: str, state: State | None) -> None:
        """The ticket as it now is; None: not open."""
        before = self.open.get(ticket)
        if before == state:
            return
        if state is None:
            del self.open[ticket]
        else:
            self.open[ticket] = state
            since, channel, team = state
            there = self._places.get((channel, team))
            if there is None:
                there = self._places[channel, team] = _Here()
            there.open += 1
            if since is not None:
                there.waiting += 1
                self.waiting += 1
                heappush(there.oldest, (since, ticket, state))
        if before is not None:  # after what now is: most stay in their place, which is not to go for that
            since, channel, team = before
            here = self._places[channel, team]
            here.open -= 1
            if since is not None:
                here.waiting -= 1
                self.waiting -= 1
            if not here.open:
                del self._places[channel, team]

    def _since(self, here: _Here) -> int:
        """Start of the oldest open turn in a place where someone waits."""
        heap, tickets = here.oldest, self.open
        if len(heap) > 2 * here.waiting + _SLACK:
            heap[:] = [entry for entry in heap if tickets.get(entry[1]) is entry[2]]
            heapify(heap)
        while True:
            since, ticket, state = heap[0]
            if tickets.get(ticket) is state:  # what `set` put there then, not one like it
                return since
            heappop(heap)

    def record(self, account: str, minute: int, version: int) -> tuple[bytes, bytes]:
        """Key and value of the gauges at the end of `minute`; a place gone to zero is shown once as such."""
        end_ms = (minute + 1) * MINUTE_MS
        rows = []
        for (channel, team), here in self._places.items():
            waiting = here.waiting
            rows.append((channel, team, here.open, waiting, end_ms - self._since(here) if waiting else 0))
        rows.extend((*place, 0, 0, 0) for place in self.shown - self._places.keys())
        rows.sort()
        self.shown = set(self._places)
        return gauge_key(account, minute), _encoder.encode((SCHEMA, version, account, minute, rows))
