"""One event of a ticket's history, compact, with the total order of a ticket and the canonical form of docs/semantics.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from events import wire

OPENED, REOPENED, CUSTOMER, REPLIED, HANDLED, UPDATED, RESOLVED, ABANDONED, SURVEYED, MERGED, REMOVED = range(11)
"""The rank of a type among events of one instant, and its code."""

_OPENING_SEEN = 9
"""So many fields has the rest of an opening; one that was missed has another."""


class Moment(Struct, array_like=True, gc=False):
    at: int
    sequence: int
    rank: int
    id: str
    actor: str
    public: bool
    agent: str
    team: str
    rest: Any
    """What the type adds, in the order of the table; a tuple, or a list when read back."""


def instant_ms(time: datetime) -> int:
    """Epoch milliseconds, half up; exact, since a double holds microseconds of our centuries to a quarter of one."""
    return int(time.timestamp() * 1000 + 0.5)


def _opened(e: wire.TicketOpened, at: int) -> Moment:
    d = e.data
    rest = (d.direction, d.channel, d.customer, d.priority, d.tags, d.brand, d.language, d.tier, d.status)
    return Moment(at, d.sequence, OPENED, e.id, d.actor, True, d.agent, d.team, (*rest, True) if d.missed else rest)


def _replied(e: wire.TicketReplied, at: int) -> Moment:
    d = e.data
    rank = CUSTOMER if d.actor == "customer" else REPLIED
    return Moment(at, d.sequence, rank, e.id, d.actor, d.public, d.agent, d.team, (d.customer,))


def _resolved(e: wire.TicketResolved, at: int) -> Moment:
    d = e.data
    return Moment(at, d.sequence, RESOLVED, e.id, d.actor, True, d.agent, d.team, (d.status,))


def _updated(e: wire.TicketUpdated, at: int) -> Moment:
    d = e.data
    changed = (d.status, d.assignee, d.team, d.priority, d.channel, d.tags)
    return Moment(at, d.sequence, UPDATED, e.id, d.actor, True, d.agent, "", changed)


def _reopened(e: wire.TicketReopened, at: int) -> Moment:
    d = e.data
    return Moment(at, d.sequence, REOPENED, e.id, d.actor, True, d.agent, d.team, (d.status,))


def _surveyed(e: wire.TicketSurveyed, at: int) -> Moment:
    d = e.data
    asked = (d.kind, d.rating, d.scale_min, d.scale_max, d.survey, d.customer)
    return Moment(at, d.sequence, SURVEYED, e.id, "customer", True, "", "", asked)


def _abandoned(e: wire.TicketAbandoned, at: int) -> Moment:
    d = e.data
    return Moment(at, d.sequence, ABANDONED, e.id, d.actor, True, "", "", (d.reason,))


def _merged(e: wire.TicketMerged, at: int) -> Moment:
    return Moment(at, e.data.sequence, MERGED, e.id, "system", True, "", "", (e.data.into,))


def _removed(e: wire.TicketRemoved, at: int) -> Moment:
    return Moment(at, e.data.sequence, REMOVED, e.id, "system", True, "", "", (e.data.reason,))


def _handled(e: wire.TicketHandled, at: int) -> Moment:
    d = e.data
    return Moment(at, d.sequence, HANDLED, e.id, "agent", True, d.agent, d.team, (d.talk_ms, d.hold_ms, d.wrap_ms))


def is_missed(m: Moment) -> bool:
    """Of an opening: what followed it was not seen."""
    return len(m.rest) > _OPENING_SEEN


MOMENTS: dict[type, Callable[[Any, int], Moment]] = {
    wire.TicketReplied: _replied,
    wire.TicketOpened: _opened,
    wire.TicketResolved: _resolved,
    wire.TicketUpdated: _updated,
    wire.TicketReopened: _reopened,
    wire.TicketSurveyed: _surveyed,
    wire.TicketAbandoned: _abandoned,
    wire.TicketMerged: _merged,
    wire.TicketRemoved: _removed,
    wire.TicketHandled: _handled,
}
"""By the type of a ticket event: the moment it is, at an instant in epoch ms."""


def order(m: Moment) -> tuple[int, int, int, str]:
    return (m.at, m.sequence, m.rank, m.id)


def canonical(m: Moment) -> bytes:
    """What is compared when one id comes with two contents: the smaller one stays."""
    return msgspec.json.encode((m.at, m.sequence, m.rank, m.actor, m.public, m.agent, m.team, m.rest))
