"""One event of a ticket's history, compact, with the total order of a ticket and the canonical form of docs/semantics.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from events import wire

OPENED, REOPENED, CUSTOMER, REPLIED, HANDLED, UPDATED, RESOLVED, ABANDONED, SURVEYED, MERGED, REMOVED = range(11)
"""The rank of a type among events of one instant, and its code."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """Epoch milliseconds, half up."""
    since = time - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + (since.microseconds + 500) // 1000


def moment(event: wire.TicketEvent, at: int) -> Moment:
    d: Any = event.data
    match event:
        case wire.TicketReplied():
            rank = CUSTOMER if d.actor == "customer" else REPLIED
            return Moment(at, d.sequence, rank, event.id, d.actor, d.public, d.agent, d.team, (d.customer,))
        case wire.TicketOpened():
            rest = (d.direction, d.channel, d.customer, d.priority, d.tags, d.brand, d.language, d.tier, d.status)
            return Moment(at, d.sequence, OPENED, event.id, d.actor, True, d.agent, d.team, rest)
        case wire.TicketResolved():
            return Moment(at, d.sequence, RESOLVED, event.id, d.actor, True, d.agent, d.team, (d.status,))
        case wire.TicketUpdated():
            changed = (d.status, d.assignee, d.team, d.priority, d.channel, d.tags)
            return Moment(at, d.sequence, UPDATED, event.id, d.actor, True, d.agent, "", changed)
        case wire.TicketReopened():
            return Moment(at, d.sequence, REOPENED, event.id, d.actor, True, d.agent, d.team, (d.status,))
        case wire.TicketSurveyed():
            asked = (d.kind, d.rating, d.scale_min, d.scale_max, d.survey, d.customer)
            return Moment(at, d.sequence, SURVEYED, event.id, "customer", True, "", "", asked)
        case wire.TicketAbandoned():
            return Moment(at, d.sequence, ABANDONED, event.id, d.actor, True, "", "", (d.reason,))
        case wire.TicketMerged():
            return Moment(at, d.sequence, MERGED, event.id, "system", True, "", "", (d.into,))
        case wire.TicketRemoved():
            return Moment(at, d.sequence, REMOVED, event.id, "system", True, "", "", (d.reason,))
        case wire.TicketHandled():
            spent = (d.talk_ms, d.hold_ms, d.wrap_ms)
            return Moment(at, d.sequence, HANDLED, event.id, "agent", True, d.agent, d.team, spent)


def order(m: Moment) -> tuple[int, int, int, str]:
    return (m.at, m.sequence, m.rank, m.id)


def canonical(m: Moment) -> bytes:
    """What is compared when one id comes with two contents: the smaller one stays."""
    return msgspec.json.encode((m.at, m.sequence, m.rank, m.actor, m.public, m.agent, m.team, m.rest))
