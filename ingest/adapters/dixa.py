"""Dixa: outbound webhooks on conversations, to canonical events. Pure.

The one helpdesk that tells itself when a customer left: closed without an agent ever having had the conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Abandoned,
    Actor,
    Direction,
    Event,
    Opened,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketAbandoned,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, Nameable, called, channel, head, with_names
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, inner, json_object, names, objects, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Dixa > Settings > Integrations > Webhooks > Outbound webhooks > Add outbound webhook.",
        "Name: Deskpulse   URL: {url}   Select every event that begins with 'Conversation'. Save and switch it on.",
        "Copy the webhook's secret, which is written in hexadecimal digits. It is this source's secret.",
    ),
)

_PREFIX = "conversation_"
_OTHERS = (
    "banned_",
    "unbanned_",
    "enduser_",
    "end_user_",
    "agent_",
    "anonymous_",
    "sla_",
    "typing_",
    "conversation_custom_attribute_",
    "conversation_enduser_",
    "conversation_end_user_",
    "conversation_sla_",
    "conversation_typing_",
)
_SCALES = {"csat": "1-5", "nps": "1-10", "thumbsupordown": "0-1"}
_UNASSIGNED_LAST_MS = 1000
"""What closes without an agent may be told as closed and as abandoned, a moment apart. The latter wins, so the former waits."""
_STATUS_OF = {"pending": "pending", "pending_expired": "open"}
_BESIDE = ("agent", "assignee", "user")
"""Where the agent of an assignment may stand, beside the conversation."""


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    event_id: str
    at_ms: int
    data: Fields
    conversation: Fields

    @property
    def ticket(self) -> str:
        return text(self.conversation.get("csid"))

    @property
    def assignee(self) -> str:
        return text(inner(self.conversation, "assignee").get("id"))

    @property
    def team(self) -> str:
        """Conversations are given to queues, not to teams."""
        queue = inner(self.data, "queue") or inner(self.conversation, "queue")
        return text(queue.get("id"))

    @property
    def customer(self) -> str:
        requester = inner(self.conversation, "requester")
        return self.delivery.customers.of_person(text(requester.get("email")), text(requester.get("id")))

    @property
    def channel(self) -> str:
        return channel(word(self.conversation.get("channel")).replace("widgetchat", "chat").replace("pstnphone", "phone"))

    @property
    def direction(self) -> Direction:
        return "out" if word(self.conversation.get("direction")) == "outbound" else "in"

    def head(self, at_ms: int | None = None) -> Head:
        return head(self.delivery, self.event_id, self.ticket, self.at_ms if at_ms is None else at_ms)

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every conversation tells."""
        if not word(self.conversation.get("channel")):
            return adapted
        opened_ms = instant(self.conversation.get("created_at"))
        return missed(adapted, opened_ms, self.channel, customer=self.customer, direction=self.direction)

    def names(self) -> Iterator[Event]:
        """Of the members of the team, the queues and the tags in it. Whoever is no member may be a customer."""
        data, conversation = self.data, self.conversation
        people = [inner(data, "author"), *(inner(data, place) for place in _BESIDE), inner(conversation, "assignee")]
        told: list[tuple[Nameable, Fields]] = [("agent", one) for one in people if word(one.get("user_type")) == "member"]
        told += [("team", inner(place, "queue")) for place in (data, conversation)]
        told += [("tag", one) for one in objects(conversation.get("tags"))]
        for kind, one in told:
            yield from called(self.head(), kind, text(one.get("id")), text(one.get("name")))


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind, data = word(body.get("event_fqn")), inner(body, "data")
    if kind.startswith(_OTHERS):
        return NotForUs(kind)
    name = kind.removeprefix(_PREFIX)
    if not kind.startswith(_PREFIX) or name not in _KINDS:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.event_fqn: no event that is known")
    conversation = inner(data, "conversation")
    event_id, at_ms = text(body.get("event_id")), instant(body.get("event_timestamp"))
    if not event_id or at_ms is None or not text(conversation.get("csid")):
        missing = "event_id" if not event_id else "event_timestamp" if at_ms is None else "data.conversation.csid"
        return delivery.not_understood(f"$.{missing}: missing or unreadable")
    notice = _Notice(delivery, event_id, at_ms, data, conversation)
    return with_names(notice.known(_KINDS[name](notice, name)), notice.names())


def _created(notice: _Notice, _: str) -> Adapted:
    direction = notice.direction
    opened = Opened(
        channel=notice.channel,
        direction=direction,
        actor="customer" if direction == "in" else "agent",
        customer=notice.customer,
        agent=notice.assignee,
        team=notice.team,
        tags=_tags(notice),
        status=word(notice.conversation.get("status")),
    )
    at_ms = first(instant(notice.conversation.get("created_at")), notice.at_ms)
    return [TicketOpened(**notice.head(at_ms), data=opened)]


def _reopened(notice: _Notice, _: str) -> Adapted:
    # Who did it is not told; most come back because their customer wrote.
    return [TicketReopened(**notice.head(), data=Reopened(team=notice.team))]


def _messaged(notice: _Notice, name: str) -> Adapted:
    data, author = notice.data, inner(notice.data, "author")
    internal, direction = name == "note_added", word(notice.data.get("direction"))
    if not internal and direction not in {"inbound", "outbound"}:
        return notice.delivery.not_understood("$.data.direction: expected inbound or outbound")
    member = word(author.get("user_type")) == "member"
    actor: Actor = "agent" if internal or member else "system"
    if not internal and direction == "inbound":
        actor = "customer"
    replied = Replied(
        actor=actor,
        public=not internal,
        agent=text(author.get("id")) if actor == "agent" else "",
        team=notice.team if actor == "agent" else "",
        customer=notice.customer if actor == "customer" else "",
        message_id=text(data.get("message_id")) or text(data.get("note_id")),
    )
    return [TicketReplied(**notice.head(first(instant(data.get("created_at")), notice.at_ms)), data=replied)]


def _closed(notice: _Notice, _: str) -> Adapted:
    agent = notice.assignee
    resolved = Resolved(actor="agent" if agent else "system", agent=agent, team=notice.team, status="closed")
    return [TicketResolved(**notice.head(notice.at_ms if agent else notice.at_ms + _UNASSIGNED_LAST_MS), data=resolved)]


def _abandoned(notice: _Notice, _: str) -> Adapted:
    envelope = notice.head()
    began_ms = instant(notice.conversation.get("created_at"))
    # No agent has ever had it, so nobody can have answered.
    opening = recalled(envelope, began_ms, notice.channel, customer=notice.customer, direction=notice.direction)
    return [*opening, TicketAbandoned(**envelope, data=Abandoned(reason="closed without an agent"))]


def _rated(notice: _Notice, _: str) -> Adapted:
    """The rating's place has been seen to differ. A comment that comes later is told as a rating too: it is the same one."""
    places = (notice.data, inner(notice.data, "rating"), notice.conversation, inner(notice.conversation, "rating"))
    place = next((fields for fields in places if fields.get("score") is not None), {})
    if not place:
        return NotForUs("a comment on a rating")
    kind = word(place.get("type")) or word(notice.data.get("type"))
    scale = _SCALES.get(kind.replace("_", ""))
    rated = rating(text(place.get("score")), scale or "")
    if rated is None:
        return notice.delivery.not_understood("$.data.score and .type: expected a score of Csat, Nps or ThumbsUpOrDown")
    surveyed = Surveyed(*rated, kind="nps" if kind == "nps" else "csat", customer=notice.customer)
    return [TicketSurveyed(**notice.head(), data=surveyed)]


def _changed(notice: _Notice, name: str) -> Adapted:
    match name:
        case "pending" | "pending_expired":
            changed = Updated(actor="system", status=_STATUS_OF[name])
        case "assigned" | "transferred_to_agent":
            agent = notice.assignee or _agent_of(notice.data)
            changed = Updated(actor="system", assignee=agent)
        case "unassigned":
            changed = Updated(actor="system", assignee="")
        case "enqueued" | "transferred_to_queue":
            changed = Updated(actor="system", team=notice.team)
        case _:
            changed = Updated(actor="system", tags=_tags(notice))
    events: list[Event] = [TicketUpdated(**notice.head(), data=changed)]
    return events


def _agent_of(data: Fields) -> str:
    return next((found for name in _BESIDE if (found := text(inner(data, name).get("id")))), "")


def _tags(notice: _Notice) -> tuple[str, ...]:
    """By name where they have one."""
    listed = notice.conversation.get("tags")
    if not isinstance(listed, list):
        return ()
    return names([tag.get("name", tag.get("id")) if isinstance(tag, dict) else tag for tag in listed])


_KINDS = {
    "created": _created,
    "open": _reopened,
    "message_added": _messaged,
    "note_added": _messaged,
    "closed": _closed,
    "abandoned": _abandoned,
    "rated": _rated,
    **dict.fromkeys(
        (
            "assigned",
            "unassigned",
            "pending",
            "pending_expired",
            "enqueued",
            "transferred_to_agent",
            "transferred_to_queue",
            "tag_added",
            "tag_removed",
        ),
        _changed,
    ),
}
