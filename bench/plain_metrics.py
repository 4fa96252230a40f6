"""What plain Faust computes for each event, taken as the newest of its ticket: facts, their minutes, and who is open and waiting.

Every metric of the worker, where nothing is late and nothing comes twice.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, NamedTuple

from msgspec import Struct

from events import metrics as m
from events import wire
from streams.book import Book

_BOOK = Book()
"""Of defaults, as all accounts of the log have."""


class Said(NamedTuple):
    metric: int
    value: int
    at_ms: int
    channel: str
    team: str
    agent: str
    level: int = 0
    """Of service; 0: none."""
    sign: int = 1
    """-1 takes it back."""


class State(Struct, array_like=True):
    channel: str = ""
    team: str = ""
    priority: str = ""
    opened_ms: int | None = None
    first_ms: int | None = None
    waiting_ms: int | None = None
    pending_ms: int | None = None
    resolved_ms: int | None = None
    cycle_ms: int | None = None
    asked_again_ms: int | None = None
    last_agent: str = ""
    turn: int = 0
    cycle: int = 1
    replies: int = 0
    is_resolved: bool = False
    full: Said | None = None
    """Its full resolution as it was said last: a later one takes its place."""
    touch: Said | None = None
    """That it took one touch, until a second one came."""


class Place(Struct, array_like=True):
    """Backlog and waiting of an account's channel and team, as of the last event."""

    open: int = 0
    waiting: dict[str, int] = {}
    """Tickets whose customer waits, and since when."""


Standing = tuple[str, str, int | None]
"""Where an open ticket counts, and since when its customer waits."""


def standing(t: State) -> Standing | None:
    """None: it is not open."""
    return None if t.is_resolved or not t.channel else (t.channel, t.team, t.waiting_ms)


def stand(places: MutableMapping[str, Place], source: str, ticket: str, before: Standing | None, after: Standing | None) -> None:
    """The ticket leaves the place where it counted, and counts where it now belongs."""
    changed: dict[str, Place] = {}
    for found, sign in ((before, -1), (after, 1)):
        if found is not None:
            channel, team, since = found
            name = f"{source}/{channel}/{team}"
            place = changed[name] = changed.get(name) or places[name]
            place.open += sign
            place.waiting.pop(ticket, None)
            if sign > 0 and since is not None:
                place.waiting[ticket] = since
    for name, place in changed.items():
        places[name] = place


def count(minutes: MutableMapping[str, dict[str, list[int]]], source: str, said: list[Said]) -> None:
    """Facts of one event into the cells of their minutes: count, sum, and how many of each level."""
    changed: dict[str, dict[str, list[int]]] = {}
    for metric, value, at_ms, channel, team, _, level, sign in said:
        name = f"{source}/{at_ms // 60_000}/{channel}/{team}"
        cells = changed.get(name)
        if cells is None:
            cells = changed[name] = minutes[name]
        cell = cells.setdefault(str(metric), [0, 0, 0, 0, 0, 0, 0])
        cell[0] += sign
        cell[1] += sign * value
        if level:
            cell[1 + level] += sign
    for name, cells in changed.items():
        minutes[name] = cells


def step(t: State, event: wire.TicketEvent, at_ms: int) -> list[Said]:
    """What the event adds, taken as the newest of its ticket."""
    said: list[Said] = []

    def fact(metric: int, value: int, agent: str, level: int = 0) -> Said:
        new = Said(metric, value, at_ms, t.channel, t.team, agent, level)
        said.append(new)
        return new

    def again(old: Said, value: int | None = None) -> None:
        """Taken back, and said anew with another value if there is one."""
        said.append(old._replace(sign=-1))
        if value is not None:
            said.append(old._replace(value=value))

    match event:
        case wire.TicketOpened(data=opened):
            t.channel, t.team, t.priority = opened.channel, opened.team, opened.priority
            t.opened_ms = t.waiting_ms = t.cycle_ms = at_ms
            t.turn = 1
            fact(m.TICKETS_OPENED, 1, "")
        case wire.TicketReplied(data=reply) if reply.actor == "customer":
            if t.is_resolved:
                t.pending_ms = t.pending_ms or at_ms
            elif t.waiting_ms is None:
                t.turn += 1
                t.waiting_ms = at_ms
        case wire.TicketReplied(data=reply):
            _answered(t, reply.agent, at_ms, fact, again)
        case wire.TicketResolved(data=resolved) if not t.is_resolved:
            _resolved(t, resolved.agent, at_ms, fact, again)
        case wire.TicketReopened() if t.is_resolved:
            fact(m.REOPENED, at_ms - (t.resolved_ms or at_ms), t.last_agent)
            t.is_resolved = False
            t.cycle += 1
            t.cycle_ms = at_ms
            t.waiting_ms = t.asked_again_ms = t.pending_ms
            t.turn += 1
        case wire.TicketSurveyed(data=survey):
            fact(m.CSAT, survey.rating, t.last_agent)
        case wire.TicketUpdated(data=update):
            t.team = t.team if update.team is None else update.team
        case _:
            pass
    return said


def _answered(t: State, agent: str, at_ms: int, fact: Any, again: Any) -> None:
    if t.first_ms is None and t.opened_ms is not None:
        t.first_ms = at_ms
        fact(m.FRT_ANY, at_ms - t.opened_ms, agent)
        took_ms = at_ms - t.opened_ms
        fact(m.FRT_HUMAN, took_ms, agent, _BOOK.level(t.channel, t.opened_ms, took_ms))
    if t.waiting_ms is not None:
        fact(m.REPLY_TIME, at_ms - t.waiting_ms, agent)
        if t.turn > 1:
            fact(m.NEXT_RESPONSE_TIME, at_ms - t.waiting_ms, agent)
        t.waiting_ms = None
    if t.asked_again_ms is not None:
        fact(m.REOPEN_RESPONSE_TIME, at_ms - t.asked_again_ms, agent)
        t.asked_again_ms = None
    if t.touch is not None:
        again(t.touch, 0)
        t.touch = None
    t.replies += 1
    t.last_agent = agent


def _resolved(t: State, agent: str, at_ms: int, fact: Any, again: Any) -> None:
    t.is_resolved = True
    t.resolved_ms, t.waiting_ms = at_ms, None
    fact(m.RESOLVED_EVENTS, 1, agent)
    fact(m.ABANDONMENT, 0, agent)
    if t.cycle_ms is not None:
        fact(m.CYCLE_RESOLUTION_TIME, at_ms - t.cycle_ms, agent)
    if t.opened_ms is not None:
        if t.cycle == 1:
            fact(m.FIRST_RESOLUTION_TIME, at_ms - t.opened_ms, agent)
            one = fact(m.ONE_TOUCH, int(t.replies == 1), agent)
            t.touch = one if one.value else None
            fact(m.ZERO_TOUCH, int(t.replies == 0), agent)
        if t.full is not None:
            again(t.full)
        t.full = fact(m.FULL_RESOLUTION_TIME, at_ms - t.opened_ms, agent)
