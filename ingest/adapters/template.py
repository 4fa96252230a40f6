"""The body that an admin pastes into a trigger or rule: `"deskpulse": 1`, one rule per canonical event. Pure.

For helpdesks whose events do not say enough, or that have none. `event`, `actor`, `public`, `rating` and `scale` are literals
in the rule: statuses and labels are translated and renamed, so a rule must never send one of those in their place.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal, get_args

from events.rejected import Reason, Rejected
from events.wire import (
    Abandoned,
    Actor,
    Direction,
    Merged,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketAbandoned,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest import times
from ingest.adapters.canonical import channel, head
from ingest.adapters.reading import Fields, flag, names, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery

_ACTORS: dict[str, Actor] = {actor: actor for actor in get_args(Actor)}
_DIRECTIONS: dict[str, Direction] = {direction: direction for direction in get_args(Direction)}
_REASONS: dict[str, Literal["spam", "deleted", "trashed"]] = {"spam": "spam", "deleted": "deleted", "trashed": "trashed"}


def adapt(delivery: Delivery, body: Fields) -> Adapted:
    """Of a body that has `deskpulse`. The id is made of the event, the ticket and the message."""
    if body.get("deskpulse") not in (1, "1"):
        return delivery.rejected(Reason.UNKNOWN_VERSION, "$.deskpulse: expected 1")
    kind, ticket = word(body.get("event")), text(body.get("ticket_id"))
    if not ticket:
        return delivery.not_understood("$.ticket_id: expected the ticket's id, in quotes")
    event = _event(delivery, body, kind, ticket)
    return event if isinstance(event, Rejected) else [event]


def _event(delivery: Delivery, body: Fields, kind: str, ticket: str) -> TicketEvent | Rejected:
    at_ms, event_id = _when(delivery, body, kind, ticket)
    envelope = head(delivery, event_id, ticket, at_ms)
    customer = delivery.customers.of_text(text(body.get("customer")))
    agent, team, status = _agent(delivery, body.get("agent")), text(body.get("team")), word(body.get("status"))
    actor = _ACTORS.get(word(body.get("actor")))
    match kind:
        case "ticket.opened":
            direction = _DIRECTIONS.get(word(body.get("direction")), "out" if actor == "agent" else "in")
            return TicketOpened(
                **envelope,
                data=Opened(
                    channel=channel(word(body.get("channel"))),
                    direction=direction,
                    actor=actor or ("customer" if direction == "in" else "agent"),
                    customer=customer,
                    agent=agent,
                    team=team,
                    priority=word(body.get("priority")),
                    tags=names(body.get("tags")),
                    brand=text(body.get("brand")),
                ),
            )
        case "ticket.replied":
            if actor is None:
                return delivery.not_understood(f"$.actor: expected one of {', '.join(_ACTORS)}")
            public = flag(body.get("public", True))
            if public is None:
                return delivery.not_understood("$.public: expected true or false")
            replied = Replied(
                actor=actor,
                public=public,
                agent=agent,
                team=team,
                customer=customer if actor == "customer" else "",
                message_id=text(body.get("message_id")),
            )
            return TicketReplied(**envelope, data=replied)
        case "ticket.resolved":
            return TicketResolved(
                **envelope, data=Resolved(actor=actor or "agent", agent=agent, team=team, status=status or "solved")
            )
        case "ticket.reopened":
            return TicketReopened(
                **envelope, data=Reopened(actor=actor or "customer", agent=agent, team=team, status=status or "open")
            )
        case "ticket.abandoned":
            return TicketAbandoned(**envelope, data=Abandoned(actor=actor or "customer", reason=text(body.get("reason"))))
        case "ticket.surveyed":
            rated = rating(text(body.get("rating")), text(body.get("scale")))
            if rated is None:
                return delivery.not_understood("$.rating: expected a rating of $.scale, as good of good_bad or 4 of 1-5")
            return TicketSurveyed(**envelope, data=Surveyed(*rated, survey=text(body.get("survey")), customer=customer))
        case "ticket.updated":
            changed = Updated(
                actor=actor or "agent",
                agent=agent,
                status=status or None,
                assignee=_agent(delivery, body["assignee"]) if "assignee" in body else None,
                team=_given(body, "team"),
                priority=None if (priority := _given(body, "priority")) is None else priority.lower(),
                channel=None if (via := _given(body, "channel")) is None else channel(via),
                tags=names(body["tags"]) if "tags" in body else None,
            )
            return TicketUpdated(**envelope, data=changed)
        case "ticket.merged":
            return TicketMerged(**envelope, data=Merged(into=text(body.get("into"))))
        case "ticket.removed":
            why = word(body.get("reason"))
            return TicketRemoved(**envelope, data=Removed(reason=_REASONS.get(why, "deleted")))
        case _:
            return delivery.rejected(Reason.UNKNOWN_TYPE, "$.event: expected a ticket event, as ticket.replied")


def _agent(delivery: Delivery, value: object) -> str:
    """Some helpdesks render no id of an agent but the mail address: it passes as a token, like a customer's."""
    written = text(value)
    return delivery.customers.of_email(written) if "@" in written else written


def _given(body: Fields, name: str) -> str | None:
    return text(body[name]) if name in body else None


def _when(delivery: Delivery, body: Fields, kind: str, ticket: str) -> tuple[int, str]:
    """The instant and the id. Without a readable instant it is the receipt's. A message tells repeats from others; where there is
    none the body does, because minutes are all that some helpdesks write and two ratings fit into one.
    """
    at_ms = times.parse_ms(text(body.get("occurred_at")))
    message = text(body.get("message_id")) or sha256(delivery.body).hexdigest()[:16]
    return (delivery.received_at_ms if at_ms is None else at_ms), f"{kind}:{ticket}:{message}"
