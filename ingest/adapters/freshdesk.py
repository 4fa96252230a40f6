"""Freshdesk: what automation rules send. The published body where an admin pasted it, else Freshdesk's own, to canonical events. Pure.

Its own body has no time and says what happened in a text that is no JSON, `{status:{from:2,to:4}}`; labels beside it are renamed
and translated, so numbers alone are read. Two changes that look alike to the byte are one event: the published body is better.
"""

from __future__ import annotations

import re
from hashlib import sha256

from events.rejected import Reason, Rejected
from events.wire import (
    Event,
    Opened,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest import times
from ingest.adapters import template
from ingest.adapters.canonical import Head, channel, head
from ingest.adapters.reading import Fields, inner, json_object, names, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

_COMMON = '"ticket_id":"{{ticket.id}}","team":"{{ticket.group.name}}"'
_AT = '"occurred_at":"{{ticket.updated_at}}"}'


def _body(event: str, *more: str) -> str:
    return ",".join([f'{{"deskpulse":1,"event":"{event}"', _COMMON, *more, _AT])


_AGENT, _CUSTOMER = '"agent":"{{ticket.agent.email}}"', '"customer":"{{ticket.requester.email}}"'
SETUP = Setup(
    made_by="us",
    steps=(
        "Freshdesk > Admin > Workflows > Automations. Each body below is one rule with the action 'Trigger webhook'.",
        "Request type: POST   URL: {url}   Encoding: JSON   Content: Advanced   and the body, as it is, quotes included.",
        "Custom headers: X-Deskpulse-Key: {secret}   Freshdesk signs nothing: whoever knows this key can post as your helpdesk.",
        "Put no subjects, texts or names into a body: a quote in one of them breaks it, and Deskpulse keeps none.",
    ),
    templates=(
        (
            'Ticket creation, performed by requester (for outbound mail a second rule with "actor":"agent"):',
            _body("ticket.opened", '"actor":"customer"', '"channel":"{{ticket.source}}"', _CUSTOMER, '"tags":"{{ticket.tags}}"'),
        ),
        (
            "Ticket updates, event 'Reply is sent', performed by agent:",
            _body("ticket.replied", '"actor":"agent"', '"public":true', _AGENT),
        ),
        (
            "Event 'Reply is sent', performed by requester:",
            _body("ticket.replied", '"actor":"customer"', '"public":true', _CUSTOMER),
        ),
        ("Event 'Note is added', type private:", _body("ticket.replied", '"actor":"agent"', '"public":false', _AGENT)),
        (
            "Event 'Status is changed' to Resolved or Closed:",
            _body("ticket.resolved", '"actor":"agent"', '"status":"resolved"', _AGENT),
        ),
        ("Event 'Status is changed' from Resolved or Closed to any other:", _body("ticket.reopened", '"status":"open"')),
        (
            "Event 'Agent or group is changed':",
            _body("ticket.updated", '"actor":"system"', '"assignee":"{{ticket.agent.email}}"'),
        ),
        (
            "Event 'Customer feedback is received', one rule for each level, with its number 103, 102, 101, 100, -101, -102 or -103:",
            _body("ticket.surveyed", '"actor":"customer"', '"rating":103', '"scale":"freshdesk"'),
        ),
    ),
)

_STATUSES = {2: "open", 3: "pending", 4: "resolved", 5: "closed", 6: "waiting_on_customer", 7: "waiting_on_third_party"}
_TERMINAL = frozenset({4, 5})
_PRIORITIES = {"1": "low", "2": "medium", "3": "high", "4": "urgent"}
_SOURCES = {"1": "email", "2": "portal", "3": "phone", "7": "chat", "9": "feedback widget", "10": "email"}
_CHANGE = re.compile(r"(\w{1,40}):\{from:([^,{}]{0,60}),to:([^,{}]{0,60})\}", re.ASCII)
_SIMPLE = re.compile(r"(\w{1,40}):(\w{1,40})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def adapt(delivery: Delivery) -> Adapted:
    """One delivery of one rule; several changes at once give an event each."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    if "deskpulse" in body:
        return template.adapt(delivery, body)
    fields = inner(body, "freshdesk_webhook") or body
    ticket = text(fields.get("ticket_id"))
    if not ticket:
        return delivery.not_understood("$.ticket_id: expected the ticket's id, or a body with deskpulse 1")
    if "ratings" in fields:
        return _rated(delivery, fields, ticket)
    written = text(fields.get("triggered_event"))
    if not written:
        return delivery.not_understood("$.triggered_event: missing; a body with deskpulse 1 says what happened")
    envelope = head(delivery, f"{ticket}:{sha256(delivery.body).hexdigest()[:16]}", ticket, delivery.received_at_ms)
    told = dict(_SIMPLE.findall(_CHANGE.sub("", written)))
    if told.get("ticket_action") == "created":
        return [_opened(delivery, envelope, fields)]
    if (note := told.get("note_type")) in {"private", "public"}:
        # Who wrote it is not told; customers reply, agents add notes.
        return [TicketReplied(**envelope, data=Replied(actor="agent", public=note == "public"))]
    events = [event for change in _CHANGE.findall(written) for event in _changed(delivery, envelope, *change)]
    if events:
        return events
    if any(name == "status" for name, _before, _after in _CHANGE.findall(written)):
        return delivery.not_understood("$.triggered_event: expected the statuses as numbers")
    if _CHANGE.search(written):
        return NotForUs("a change of nothing that counts")
    return delivery.rejected(Reason.UNKNOWN_TYPE, "$.triggered_event: no event that is known")


def _opened(delivery: Delivery, envelope: Head, fields: Fields) -> Event:
    source = word(fields.get("ticket_source"))
    customers = delivery.customers
    opened = Opened(
        channel=channel(_SOURCES.get(source, source)),
        customer=customers.of_person(text(fields.get("requester_email")), text(fields.get("requester_id"))),
        tags=names(fields.get("ticket_tags")),
    )
    return TicketOpened(**envelope, data=opened)


def _changed(delivery: Delivery, envelope: Head, name: str, before: str, after: str) -> list[Event]:
    """Of one field. A status that is no number is a label: nothing to go by."""
    # An address passes nowhere, not in an id either.
    before, after = (delivery.customers.of_email(one) if "@" in one else one for one in (before.strip(), after.strip()))
    own: Head = {**envelope, "id": f"{name}:{before}:{after}:{envelope['id']}"}
    after = "" if after.lower() in {"null", "nil"} else after
    match name:
        case "status" if _NUMBER.fullmatch(after):
            was = int(before) if _NUMBER.fullmatch(before) else 0
            return [_status_changed(own, was, int(after))]
        case "priority" if after in _PRIORITIES:
            return [TicketUpdated(**own, data=Updated(actor="system", priority=_PRIORITIES[after]))]
        case "agent" | "responder" | "responder_id" | "agent_id":
            return [TicketUpdated(**own, data=Updated(actor="system", assignee=after))]
        case "group" | "group_id":
            return [TicketUpdated(**own, data=Updated(actor="system", team=after))]
        case _:
            return []


def _status_changed(envelope: Head, before: int, after: int) -> Event:
    status = _STATUSES.get(after, f"status-{after}")
    if after in _TERMINAL and before not in _TERMINAL:
        return TicketResolved(**envelope, data=Resolved(status=status))
    if before in _TERMINAL and after not in _TERMINAL:
        return TicketReopened(**envelope, data=Reopened(status=status))
    return TicketUpdated(**envelope, data=Updated(actor="system", status=status))


def _rated(delivery: Delivery, fields: Fields, ticket: str) -> Adapted:
    """A rating as Freshdesk's interface has it."""
    rated = rating(text(inner(fields, "ratings").get("default_question")), "freshdesk")
    if rated is None:
        return delivery.not_understood("$.ratings.default_question: expected 103, 102, 101, 100, -101, -102 or -103")
    at_ms = times.parse_ms(text(fields.get("updated_at")) or text(fields.get("created_at")))
    event_id = f"rated:{ticket}:{text(fields.get('id'))}:{rated.value if at_ms is None else at_ms}"
    envelope = head(delivery, event_id, ticket, delivery.received_at_ms if at_ms is None else at_ms)
    return [TicketSurveyed(**envelope, data=Surveyed(*rated, survey=text(fields.get("survey_id"))))]
