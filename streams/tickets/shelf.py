"""All tickets of one account: the touched ones as objects, the others as the bytes that were written of them, closed ones pressed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from events.derived import SCHEMA, TicketRow
from streams.results import Result
from streams.tickets.press import Press
from streams.tickets.telling import Changes
from streams.tickets.ticket import Ticket, heading, pack, unpack, unpack_row

DAY_MS = 86_400_000
HORIZON_MS = 45 * DAY_MS
"""How old an event may be, and how long a closed ticket is kept."""
_encoder = msgspec.msgpack.Encoder()


class Touched:
    """A ticket since the last flush: what was said of it then, and what has changed."""

    __slots__ = ("changes", "filed", "had_facts", "heading", "is_changed", "ticket")

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.heading = heading(ticket)
        self.had_facts = bool(ticket.facts)
        self.filed = None if ticket.status == "open" else ticket.updated_at // DAY_MS
        """The day under which the shelf has it among the closed ones."""
        self.changes = Changes()
        self.is_changed = False
        """Its record says something new; its facts need not."""


class Shelf:
    def __init__(self, account: str, press: Press) -> None:
        self._account = account
        self._press = press
        self._packed: dict[str, bytes] = {}
        self._touched: dict[str, Touched] = {}
        self._recent: dict[str, Ticket] = {}
        """Tickets of the last flush, as objects still."""
        self._by_day: dict[int, list[str]] = {}
        """Closed tickets, by the day of their last event."""
        self._swept = -1

    def take(self, key: str, source: str, name: str, clock: int, said: list[Result]) -> Touched:
        """The ticket, ready to be changed; a new one where there is none, or none within the horizon."""
        touched = self._touched.get(key)
        if touched is not None:
            if touched.ticket.status == "open" or clock - touched.ticket.updated_at <= HORIZON_MS:
                return touched
            self._forget(key, said)
        else:
            t = self._recent.get(key)
            if t is None and key in self._packed:
                t = self.written(key)
            if t is not None:
                if t.status == "open" or clock - t.updated_at <= HORIZON_MS:
                    touched = self._touched[key] = Touched(t)
                    return touched
                self._forget(key, said)
        fresh = Ticket(schema=SCHEMA, version=0, account=self._account, source=source, ticket=name)
        touched = self._touched[key] = Touched(fresh)
        return touched

    def written(self, key: str) -> Ticket:
        """The ticket as it was written last."""
        return unpack(self._press.unpress(self._packed[key]))

    def _row(self, key: str) -> TicketRow | None:
        """Its head as it now is, wherever it stands."""
        if (touched := self._touched.get(key)) is not None:
            return touched.ticket
        kept = self._packed.get(key)
        return None if kept is None else unpack_row(self._press.unpress(kept))

    def leave(self, key: str, touched: Touched) -> None:
        """Nothing changed by this event; if by none before it either, there is nothing to tell of the ticket."""
        if not touched.is_changed:
            del self._touched[key]

    def sweep(self, clock: int, said: list[Result]) -> None:
        """Forget closed tickets past the horizon. When exactly it runs changes no number: `take` looks for itself."""
        day = (clock - HORIZON_MS) // DAY_MS - 1
        if day <= self._swept:
            return
        self._swept = day
        past = [key for d in sorted(self._by_day) if d <= day for key in self._by_day.pop(d)]
        fresh = [key for key, touched in self._touched.items() if touched.ticket.updated_at // DAY_MS <= day]
        for key in (*past, *fresh):
            row = self._row(key)
            # By the day, as the others: one that changed since it was put there waits for the day it is of now.
            if row is not None and row.status != "open" and row.updated_at // DAY_MS <= day:
                self._forget(key, said)

    def _forget(self, key: str, said: list[Result]) -> None:
        """A ticket past the horizon leaves the live state, after what was still to be said of it."""
        touched = self._touched.pop(key, None)
        if touched is not None:
            self._tell(key, touched, said)
        self._recent.pop(key, None)
        self._packed.pop(key, None)
        said.append(Result("tickets", f"{self._account}/{key}".encode(), None))

    def tell(self, said: list[Result]) -> None:
        """What changed since the last call; untouched tickets are let go of, but for their bytes."""
        for key, touched in self._touched.items():
            self._tell(key, touched, said)
        for key, t in self._recent.items():
            if t.status != "open" and key not in self._touched:
                self._packed[key] = self._press.press(self._packed[key])
        self._recent = {key: touched.ticket for key, touched in self._touched.items()}
        self._touched = {}

    def _tell(self, key: str, touched: Touched, said: list[Result]) -> None:
        t = touched.ticket
        packed = pack(t)
        if t.status != "open":
            self._file(key, t.updated_at // DAY_MS, touched.filed)
        self._packed[key] = packed
        name = f"{self._account}/{key}".encode()
        said.append(Result("tickets", name, packed))
        facts = _difference(t, touched)
        if facts is not None:
            said.append(Result("facts", name, facts))

    def _file(self, key: str, day: int, filed: int | None) -> None:
        """Among the closed tickets of a day, once, unless that day was swept meanwhile."""
        if day != filed or day <= self._swept:
            self._by_day.setdefault(day, []).append(key)
            self._packed.pop(key, None)  # so that what is put there next is under this same string

    def restore(self, packed: dict[str, bytes]) -> Iterator[tuple[str, TicketRow]]:
        """Take up what was written, be it pressed or not; gives the head of each ticket back to be looked at."""
        self._packed = packed
        for key, kept in packed.items():
            row = unpack_row(self._press.unpress(kept))
            if row.status != "open":
                self._by_day.setdefault(row.updated_at // DAY_MS, []).append(key)
            yield key, row


def _difference(t: Ticket, touched: Touched) -> bytes | None:
    """The record of what is asserted now and was not, and the other way round; None if nothing."""
    before, now = touched.heading, heading(t)
    asserted, retracted = touched.changes.net()
    if before != now and t.version:
        if touched.had_facts:
            retracted = [fact for fact in t.facts.values() if fact not in asserted] + retracted
        asserted = list(t.facts.values())
    if not asserted and not retracted:
        return None
    return _encoder.encode((SCHEMA, t.version, t.account, t.source, t.ticket, (*now, asserted), (*before, retracted)))
