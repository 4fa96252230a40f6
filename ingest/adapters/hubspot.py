"""HubSpot: webhooks on tickets and conversations, to canonical events. Pure.

A request is an array of up to a hundred events. All of them are appended, or none: where one cannot be read, the whole request
is kept as a dead letter. An event's own id is not unique, so four fields make ours; the attempt's number is no part of it.

Tickets and conversations are numbered apart, so a conversation's subject says that it is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Event,
    Merged,
    Opened,
    Removed,
    Replied,
    Resolved,
    TicketMerged,
    TicketOpened,
    TicketRemoved,
    TicketReplied,
    TicketResolved,
    TicketUpdated,
    Updated,
)
from ingest.adapters import template
from ingest.adapters.canonical import Head, head
from ingest.adapters.instants import epoch_ms
from ingest.adapters.reading import Fields, text, word
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

_PUBLIC = "gateway.public_url in deskpulse.yaml must be how HubSpot reaches this gateway: the address is part of what is signed."
_SUBSCRIPTIONS = (
    "Subscribe to ticket: creation, deletion, merge, and property change of closed_date, hs_pipeline_stage, hubspot_owner_id, "
    "hubspot_team_id and hs_ticket_priority. For conversations (instead of tickets, not beside them): creation, deletion, new message, and "
    "property change of status and assignedTo."
)
SETUP = Setup(
    made_by="vendor",
    steps=(
        "HubSpot > Development (or your developer account) > your app, with the scope tickets (and conversations.read) > Webhooks.",
        f"Target URL: {{url}}   {_PUBLIC}",
        _SUBSCRIPTIONS,
        "App > Auth: copy the client secret. It is this source's secret.",
    ),
)
SETUP_V1 = Setup(
    made_by="vendor",
    steps=(
        "Only for an app whose deliveries have no X-HubSpot-Signature-v3: version 1 signs no time, so an old delivery could be played back.",
        SETUP.steps[0],
        "Target URL: {url}",
        *SETUP.steps[2:],
    ),
)
SETUP_WORKFLOW = Setup(
    made_by="vendor",
    steps=(
        "For ratings: HubSpot > Automation > Workflows > Create, based on feedback submissions (or tickets), triggered by a new submission.",
        f"Action 'Send a webhook': POST {{url}}   Authentication: include the request signature, with your app.   {_PUBLIC}",
        "Request body: customised, with one static or property value for each key below; no names, no comments.",
        "App > Auth: copy the client secret. It is this source's secret.",
    ),
    templates=(
        (
            "The body's keys, with the rating as the number that the survey gave and its scale:",
            (
                '{"deskpulse":1,"event":"ticket.surveyed","ticket_id":"<ticket id>","message_id":"<submission id>","actor":"customer",'
                '"rating":"<rating>","scale":"1-5"}'
            ),
        ),
    ),
)

_MOST = 1000
"""Events in one request; HubSpot sends a hundred."""
_TICKET_TYPE = "0-5"
_DEFAULT_CLOSED = frozenset({"4"})
_DEFAULT_OPEN = frozenset({"1", "2", "3"})
"""Stages of the pipeline that every portal begins with. Others are numbered at will: unless the source's `closed` names those that
end a ticket, only `closed_date` tells it.
"""
_IRRELEVANT = frozenset({"restore", "associationchange"})
"""What was removed stays so: no event takes a removal back."""
_EMPTY = frozenset({"", "null", "0"})


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    fields: Fields
    subject: str
    at_ms: int

    @property
    def value(self) -> str:
        return text(self.fields.get("propertyValue"))

    @property
    def actor(self) -> Actor:
        """By hand, or not. Which user it was is told by another number than the owner's, so the holder is credited instead."""
        return "agent" if word(self.fields.get("changeSource")) in {"crm_ui", "mobile_ios", "mobile_android"} else "system"

    def head(self, subject: str = "", suffix: str = "") -> Head:
        names = ("subscriptionId", "eventId", "objectId", "occurredAt")
        event_id = "-".join(text(self.fields.get(name)) for name in names)
        return head(self.delivery, event_id + suffix, subject or self.subject, self.at_ms)


def adapt(delivery: Delivery) -> Adapted:
    """All events of a request. Relays that unwrap the array send one event alone."""
    try:
        body = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return delivery.rejected(Reason.NOT_JSON, "$: not JSON in UTF-8")
    if isinstance(body, dict) and "deskpulse" in body:
        return template.adapt(delivery, body)
    elements = body if isinstance(body, list) else [body]
    if len(elements) > _MOST:
        return delivery.rejected(Reason.TOO_LARGE, f"$: expected at most {_MOST} events")
    events: list[Event] = []
    unknown = ""
    for index, element in enumerate(elements):
        path = f"$[{index}]" if isinstance(body, list) else "$"
        adapted = _element(delivery, element, path)
        if isinstance(adapted, Rejected):
            return adapted
        if adapted is None:
            unknown = unknown or path
        else:
            events += adapted
    if unknown and not events:
        # Beside others it is passed over: a type of the future must not keep them out.
        return delivery.rejected(Reason.UNKNOWN_TYPE, f"{unknown}.subscriptionType: no type that is known")
    return events or NotForUs("nothing about tickets and conversations that a metric needs")


def _element(delivery: Delivery, element: object, path: str) -> list[Event] | Rejected | None:
    """None for what is about tickets and of a type that is not known."""
    if not isinstance(element, dict):
        return delivery.not_understood(f"{path}: expected an object")
    written = word(element.get("subscriptionType"))
    if not written:
        return delivery.not_understood(f"{path}.subscriptionType: missing or unreadable")
    thing, _, action = written.partition(".")
    if thing == "object":
        # Generic subscriptions say what they are about by a number.
        thing = "ticket" if word(element.get("objectTypeId")) == _TICKET_TYPE else "other"
    known = _KINDS.get(f"{thing}.{action}")
    if known is None:
        return None if thing in {"ticket", "conversation"} and action not in _IRRELEVANT else []
    object_id, at_ms = text(element.get("objectId")), epoch_ms(element.get("occurredAt"))
    if not object_id or at_ms is None:
        fault = "objectId" if not object_id else "occurredAt"
        return delivery.not_understood(f"{path}.{fault}: missing or unreadable")
    subject = object_id if thing == "ticket" else f"conversation-{object_id}"
    found = known(_Notice(delivery, element, subject, at_ms))
    return delivery.not_understood(path + found) if isinstance(found, str) else found


def _opened(notice: _Notice) -> list[Event]:
    # Neither channel nor customer is told. By hand an agent enters what a customer asked, so the direction is in.
    by_hand = notice.actor == "agent"
    opened = Opened(channel="unknown", actor="agent" if by_hand else "customer")
    return [TicketOpened(**notice.head(), data=opened)]


def _messaged(notice: _Notice) -> list[Event] | str:
    message, kind = text(notice.fields.get("messageId")), word(notice.fields.get("messageType"))
    if kind != "comment":
        # A message names neither author nor direction. As anybody's reply it would make a false response time.
        return (
            [] if kind in {"message", "welcome_message", "thread_status_change"} else ".messageType: expected MESSAGE or COMMENT"
        )
    return [TicketReplied(**notice.head(), data=Replied(actor="agent", public=False, message_id=message[:128]))]


def _ticket_changed(notice: _Notice) -> list[Event]:
    match text(notice.fields.get("propertyName")):
        case "closed_date":
            return [_status(notice, "open" if notice.value in _EMPTY else "closed")]
        case "hs_pipeline_stage" if notice.value.lower() in (notice.delivery.closed or _DEFAULT_CLOSED):
            return [_status(notice, "closed")]
        case "hs_pipeline_stage" if notice.delivery.closed or notice.value in _DEFAULT_OPEN:
            return [_status(notice, f"stage {notice.value}")]
        case "hubspot_owner_id":
            return [_updated(notice, Updated(actor=notice.actor, assignee=notice.value))]
        case "hubspot_team_id":
            return [_updated(notice, Updated(actor=notice.actor, team=notice.value))]
        case "hs_ticket_priority":
            return [_updated(notice, Updated(actor=notice.actor, priority=notice.value.lower()))]
        case _:
            return []


def _conversation_changed(notice: _Notice) -> list[Event] | str:
    match word(notice.fields.get("propertyName")):
        case "status":
            status = notice.value.lower()
            return [_status(notice, status)] if status in {"open", "closed"} else ".propertyValue: expected OPEN or CLOSED"
        case "assignedto":
            return [_updated(notice, Updated(actor=notice.actor, assignee=notice.value.removeprefix("A-")))]
        case _:
            return []


def _status(notice: _Notice, status: str) -> Event:
    """The state without the one before it; the fold, which has the history, sees the edge."""
    if status == "closed":
        return TicketResolved(**notice.head(), data=Resolved(actor=notice.actor, status=status))
    return _updated(notice, Updated(actor=notice.actor, status=status))


def _updated(notice: _Notice, data: Updated) -> Event:
    return TicketUpdated(**notice.head(), data=data)


def _merged(notice: _Notice) -> list[Event] | str:
    primary, merged = text(notice.fields.get("primaryObjectId")), notice.fields.get("mergedObjectIds")
    listed = [text(one) for one in merged] if isinstance(merged, list) else []
    if not primary or not any(listed):
        return ".primaryObjectId and .mergedObjectIds: missing or unreadable"
    return [TicketMerged(**notice.head(one, f"-{one}"), data=Merged(into=primary)) for one in listed if one and one != primary]


def _removed(notice: _Notice) -> list[Event]:
    return [TicketRemoved(**notice.head(), data=Removed(reason="deleted"))]


_KINDS: dict[str, Callable[[_Notice], list[Event] | str]] = {
    "ticket.creation": _opened,
    "ticket.propertychange": _ticket_changed,
    "ticket.merge": _merged,
    "ticket.deletion": _removed,
    "ticket.privacydeletion": _removed,
    "conversation.creation": _opened,
    "conversation.newmessage": _messaged,
    "conversation.propertychange": _conversation_changed,
    "conversation.deletion": _removed,
    "conversation.privacydeletion": _removed,
}
