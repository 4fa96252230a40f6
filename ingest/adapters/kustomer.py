"""Kustomer: outbound webhooks on conversations and messages, to canonical events. Pure.

A conversation's `rev` counts its changes, so it orders events of one instant. Sizes and forms of satisfaction are each
organisation's own; a rating that fits none of the scales is kept as a dead letter.
"""

from __future__ import annotations

from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Direction,
    Event,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, channel, head
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, json_object, names, text, word
from ingest.adapters.scales import Rating, rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Kustomer > Settings > Platform > Webhooks > Outbound > Add Webhook (an organisation has at most five).",
        "Name: Deskpulse   URL: {url}   Events: conversation create and update, message create. Save.",
        "Copy the webhook's token (or read it by API: GET /v1/hooks/web). It is this source's secret.",
    ),
)

_STATUSES = frozenset({"open", "snoozed", "done"})
_MOST_REVISIONS = 2**62
SCALE = "1-5"
"""The usual one; each organisation has its own, which the source's `rating_scale` says."""


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    body: Fields
    attributes: Fields
    changes: Fields
    """By attribute, with `before` and `after`."""

    def related(self, name: str) -> str:
        """The id of a related thing; the type written beside it drifts."""
        return text(inner(inner(inner(inner(self.body, "data"), "relationships"), name), "data").get("id"))

    def kind_of(self, name: str) -> str:
        return word(inner(inner(inner(inner(self.body, "data"), "relationships"), name), "data").get("type"))

    @property
    def customer(self) -> str:
        return self.delivery.customers.of_id(self.related("customer"))

    @property
    def told_at_ms(self) -> int | None:
        return instant(self.body.get("createdAt"))

    @property
    def rev(self) -> int:
        written = text(self.attributes.get("rev"))
        return int(written) if written.isascii() and written.isdigit() and int(written) <= _MOST_REVISIONS else 0

    def author(self, name: str) -> tuple[Actor, str]:
        """The human agent behind it, a bot, or a rule."""
        kind = self.kind_of(name)
        if kind.startswith("user"):
            return "agent", self.related(name)
        return ("bot", "") if "bot" in kind else ("system", "")

    def editor(self) -> tuple[Actor, str]:
        """Who changed a conversation. Where nobody is named, the agents' own interface still tells that it was one of them."""
        if not self.kind_of("modifiedBy") and word(self.body.get("client")) == "web":
            return "agent", ""
        return self.author("modifiedBy")

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every conversation tells; it has no channel before its first message."""
        opened_ms, via = instant(self.attributes.get("createdAt")), _channel(self.attributes)
        if via == "unknown":
            return adapted
        return missed(adapted, opened_ms, via, customer=self.customer, direction=_direction(self.attributes))

    def head(self, suffix: str, ticket: str, at_ms: int) -> Head:
        return head(self.delivery, text(self.body.get("id")) + suffix, ticket, at_ms)


def adapt(delivery: Delivery) -> Adapted:
    """One delivery; an update gives one event for each thing that changed and matters."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    data = inner(body, "data")
    notice = _Notice(delivery, body, inner(data, "attributes"), inner(inner(body, "changes"), "attributes"))
    name = word(body.get("name"))
    if not name.startswith("kustomer."):
        return notice.delivery.not_understood("$.name: expected kustomer....")
    thing, _, action = name.removeprefix("kustomer.").partition(".")
    if thing not in {"conversation", "message"} or name == "kustomer.message.update":
        return NotForUs(name)
    if name not in {"kustomer.conversation.create", "kustomer.conversation.update", "kustomer.message.create"}:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.name: no event that is known")
    ticket = notice.related("conversation") if thing == "message" else text(data.get("id")) or text(body.get("dataId"))
    if not ticket or not text(body.get("id")):
        path = "$.id" if ticket else "$.data.relationships.conversation.data.id" if thing == "message" else "$.data.id"
        return notice.delivery.not_understood(f"{path}: missing or unreadable")
    at_ms = first(instant(notice.attributes.get("createdAt")) if action == "create" else None, notice.told_at_ms)
    if at_ms is None:
        return notice.delivery.not_understood("$.createdAt: missing or unreadable")
    if thing == "message":
        return _message(notice, ticket, at_ms)
    return notice.known(_created(notice, ticket, at_ms) if action == "create" else _updated(notice, ticket, at_ms))


def _created(notice: _Notice, ticket: str, at_ms: int) -> Adapted:
    attributes, direction = notice.attributes, _direction(notice.attributes)
    actor, agent = notice.author("createdBy")
    status = word(attributes.get("status"))
    opened = Opened(
        channel=_channel(attributes),
        direction=direction,
        actor="customer" if direction == "in" else actor,
        customer=notice.customer,
        agent=agent if direction == "out" else _one(attributes.get("assignedUsers")),
        team=_one(attributes.get("assignedTeams")),
        priority=word(attributes.get("priority")),
        tags=names(attributes.get("tags")),
        status=status,
        sequence=notice.rev,
    )
    events: list[Event] = [TicketOpened(**notice.head("", ticket, at_ms), data=opened)]
    if status == "done":
        events.append(TicketResolved(**notice.head(".resolved", ticket, at_ms), data=_resolved(notice)))
    return events


def _message(notice: _Notice, ticket: str, at_ms: int) -> Adapted:
    attributes = notice.attributes
    if word(attributes.get("status")) == "error":
        return NotForUs("a message that could not be sent")
    direction = word(attributes.get("direction"))
    if direction not in {"in", "out"}:
        return notice.delivery.not_understood("$.data.attributes.direction: expected in or out")
    actor, agent = notice.author("createdBy")
    if flag(attributes.get("auto")) and actor == "agent":
        actor, agent = "system", ""
    if direction == "in":
        actor, agent = "customer", ""
    replied = Replied(
        actor=actor,
        agent=agent,
        customer=notice.customer if direction == "in" else "",
        message_id=text(inner(notice.body, "data").get("id")),
    )
    return [TicketReplied(**notice.head("", ticket, at_ms), data=replied)]


def _updated(notice: _Notice, ticket: str, at_ms: int) -> Adapted:
    attributes, changes = notice.attributes, notice.changes
    if "spam" in changes and flag(attributes.get("spam")):
        return [TicketRemoved(**notice.head("", ticket, at_ms), data=Removed(reason="spam", sequence=notice.rev))]
    events: list[Event] = []
    actor, agent = notice.editor()
    dimensions = Updated(
        actor=actor,
        agent=agent,
        assignee=_one(attributes.get("assignedUsers")) if "assignedUsers" in changes else None,
        team=_one(attributes.get("assignedTeams")) if "assignedTeams" in changes else None,
        priority=word(attributes.get("priority")) if "priority" in changes else None,
        tags=names(attributes.get("tags")) if "tags" in changes else None,
        sequence=notice.rev,
    )
    if dimensions != Updated(actor=actor, agent=agent, sequence=notice.rev):
        events.append(TicketUpdated(**notice.head("", ticket, at_ms), data=dimensions))
    if "status" in changes:
        changed = _status(notice, notice.head(".status", ticket, at_ms))
        if isinstance(changed, Rejected):
            return changed
        events.append(changed)
    if {"satisfaction", "satisfactionLevel"} & changes.keys():
        rated = _rated(notice)
        if isinstance(rated, Rejected):
            return rated
        if rated is not None:
            survey = Surveyed(*rated, customer=notice.customer, sequence=notice.rev)
            events.append(TicketSurveyed(**notice.head(".rating", ticket, at_ms), data=survey))
    if not events:
        return NotForUs("a change of nothing that a metric needs")
    if text(attributes.get("outboundMessageCount")) == "0":
        began_ms = instant(attributes.get("createdAt"))
        envelope = notice.head("", ticket, at_ms)
        opening = recalled(envelope, began_ms, _channel(attributes), customer=notice.customer, direction=_direction(attributes))
        return [*opening, *events]
    return events


def _status(notice: _Notice, envelope: Head) -> Event | Rejected:
    change = inner(notice.changes, "status")
    before, after = word(change.get("before")), word(change.get("after")) or word(notice.attributes.get("status"))
    if after not in _STATUSES:
        return notice.delivery.not_understood("$.changes.attributes.status.after: expected a status that Kustomer has")
    actor, agent = notice.editor()
    team = _one(notice.attributes.get("assignedTeams"))
    if after == "done":
        return TicketResolved(**envelope, data=_resolved(notice))
    if before == "done":
        reopener: Actor = actor if agent else "customer"
        return TicketReopened(
            **envelope, data=Reopened(actor=reopener, agent=agent, team=team, status=after, sequence=notice.rev)
        )
    return TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, status=after, sequence=notice.rev))


def _resolved(notice: _Notice) -> Resolved:
    actor, agent = notice.editor()
    return Resolved(
        actor=actor, agent=agent, team=_one(notice.attributes.get("assignedTeams")), status="done", sequence=notice.rev
    )


def _rated(notice: _Notice) -> Rating | Rejected | None:
    """None where a survey was sent and nobody has answered: then satisfaction is 0 or null and there are no answers."""
    level = inner(notice.attributes, "satisfactionLevel")
    answers = level.get("answers")
    written = level.get("rating")
    if written is None:
        written = notice.attributes.get("satisfaction")
    if written is None or (text(written) == "0" and not answers):
        return None
    scale = notice.delivery.rating_scale or SCALE
    return rating(text(written), scale) or notice.delivery.not_understood(
        f"$.data.attributes.satisfaction: expected a rating of {scale}"
    )


def _direction(attributes: Fields) -> Direction:
    return "out" if word(attributes.get("direction")) == "out" else "in"


def _channel(attributes: Fields) -> str:
    return channel(word(attributes.get("channel")) or word(_one(attributes.get("channels"))))


def _one(value: object) -> str:
    """The first of a list of ids; a conversation may be given to several."""
    return text(value[0]) if isinstance(value, list) and value else text(value)
