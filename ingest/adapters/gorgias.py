"""Gorgias: HTTP integrations, with the published body, the ticket or message itself, or the envelope around them. Pure.

A ticket comes as it is now, without what it was before: closed is a resolution, anything else an update, and the fold sees the
edge. There is no id of an event, so ids are made of what happened, the object's id and the time of its change.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Event,
    Opened,
    Removed,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketRemoved,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest import times
from ingest.adapters import template
from ingest.adapters.canonical import Head, called, channel, head
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, json_object, names, objects, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs

_CHANGES = ("updated", "self-unsnoozed", "handed-over", "status-updated", "assignment-updated", "assigned", "closed", "reopened")
_ABOUT_TICKET = frozenset({"ticket-created", *(f"ticket-{change}" for change in _CHANGES)})
_SURVEYS = frozenset({"satisfaction-survey-responded", "satisfaction-survey-sent"})
_NOTHING = frozenset({"none", "null", "undefined"})
"""What a template makes of a value that is not there."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    delivery: Delivery
    fields: Fields

    @property
    def id(self) -> str:
        return _said(self.fields.get("id"))

    @property
    def customer(self) -> str:
        return _customer(self.delivery, inner(self.fields, "customer"))

    @property
    def channel(self) -> str:
        return channel(_said(self.fields.get("channel")))

    @property
    def assignee(self) -> str:
        return _reference(self.fields, "assignee_user_id", "assignee_user") or ""

    def names(self, envelope: Head) -> list[Event]:
        """Of who holds it."""
        person, team = inner(self.fields, "assignee_user"), inner(self.fields, "assignee_team")
        agent = called(envelope, "agent", text(person.get("id")), text(person.get("name")))
        return [*agent, *called(envelope, "team", text(team.get("id")), text(team.get("name")))]

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every ticket tells."""
        return missed(adapted, self.at_ms("created_datetime"), self.channel, customer=self.customer)

    def at_ms(self, name: str) -> int | None:
        return times.parse_ms(_said(self.fields.get(name)))

    def head(self, what: str, at_ms: int | None) -> Head:
        key = _key(self.delivery, at_ms)
        return head(self.delivery, f"{what}:{self.id}:{key}", self.id, self.delivery.received_at_ms if at_ms is None else at_ms)


def adapt(delivery: Delivery) -> Adapted:
    """One delivery; a ticket as it is now may give several events."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    if "deskpulse" in body:
        return _written(delivery, body)
    kind, about = word(body.get("type")), inner(body, "data")
    if about or kind in _ABOUT_TICKET | _SURVEYS or kind.startswith("ticket-"):
        return _enveloped(delivery, kind, body, about)
    if "ticket_id" in body and "from_agent" in body:
        return _message(delivery, body)
    if "ticket_id" in body and "score" in body:
        return _survey(delivery, body, _said(body.get("ticket_id")))
    if "status" in body and "channel" in body:
        ticket = _Ticket(delivery, body)
        return _state(ticket, _opening_seen(ticket))
    return delivery.not_understood("$: expected a ticket, a message, a survey, or a body with deskpulse 1")


def _written(delivery: Delivery, body: Fields) -> Adapted:
    """The published bodies: Gorgias' own triggers where they exist, else the ones that all helpdesks share."""
    kind = word(body.get("event"))
    if not kind.startswith("ticket-") or body.get("deskpulse") not in (1, "1"):
        return template.adapt(delivery, body)
    if kind == "ticket-message-created":
        told = {
            "id": body.get("message_id"),
            "created_datetime": body.get("occurred_at"),
            "sender": {"id": body.get("sender_id"), "email": body.get("sender_email")},
        }
        return _message(delivery, {**body, **told})
    told = {"id": body.get("ticket_id"), "customer": {"id": body.get("customer_id"), "email": body.get("customer_email")}}
    return _enveloped(delivery, kind, body, {"ticket": {**body, **told}})


def _enveloped(delivery: Delivery, kind: str, body: Fields, about: Fields) -> Adapted:
    ticket = _Ticket(delivery, inner(about, "ticket"))
    if kind == "ticket-message-failed":
        return NotForUs(kind)
    if kind == "ticket-message-created":
        message = inner(about, "message") or _message_of(ticket.fields, text(body.get("object_id")))
        return ticket.known(_message(delivery, {"ticket_id": ticket.fields.get("id"), **message}))
    if kind in _SURVEYS:
        survey = inner(about, "satisfaction_survey") or inner(ticket.fields, "satisfaction_survey")
        return _survey(delivery, survey, ticket.id or _said(survey.get("ticket_id")))
    if kind == "ticket-created":
        return _state(ticket, _opened(ticket))
    if kind in _ABOUT_TICKET:
        return _state(ticket, _opening_seen(ticket))
    return delivery.rejected(Reason.UNKNOWN_TYPE, "$.type: no event type that is known")


def _message_of(ticket: Fields, message_id: str) -> Fields:
    found = objects(ticket.get("messages"))
    named = [one for one in found if text(one.get("id")) == message_id]
    return named[0] if named else found[-1] if found else {}


def _message(delivery: Delivery, message: Fields) -> Adapted:
    ticket, message_id = _said(message.get("ticket_id")), _said(message.get("id"))
    if not ticket or not message_id:
        return delivery.not_understood(f"{'$.id' if ticket else '$.ticket_id'}: missing or unreadable")
    from_agent = flag(message.get("from_agent"))
    if from_agent is None:
        return delivery.not_understood("$.from_agent: expected true or false")
    if _said(message.get("failed_datetime")):
        return NotForUs("a message that could not be sent")
    by_rule = bool(_said(message.get("rule_id"))) or word(message.get("via")) == "rule"
    actor: Actor = "customer" if not from_agent else "system" if by_rule else "agent"
    internal = flag(message.get("public", True)) is False or word(message.get("channel")) == "internal-note"
    sender = inner(message, "sender")
    at_ms = times.parse_ms(_said(message.get("created_datetime")))
    envelope = head(delivery, f"replied:{ticket}:{message_id}", ticket, delivery.received_at_ms if at_ms is None else at_ms)
    replied = Replied(
        actor=actor,
        public=not internal,
        agent=_said(sender.get("id")) if actor == "agent" else "",
        customer=_customer(delivery, sender) if actor == "customer" else "",
        message_id=message_id,
    )
    return [TicketReplied(**envelope, data=replied), *called(envelope, "agent", replied.agent, text(sender.get("name")))]


def _opened(ticket: _Ticket) -> list[Event]:
    outbound = flag(ticket.fields.get("from_agent")) is True
    at_ms = ticket.at_ms("created_datetime")
    envelope = ticket.head("opened", at_ms)
    envelope["id"] = f"opened:{ticket.id}"
    opened = Opened(
        channel=ticket.channel,
        direction="out" if outbound else "in",
        actor="agent" if outbound else "customer",
        customer=ticket.customer,
        agent=ticket.assignee,
        team=_reference(ticket.fields, "assignee_team_id", "assignee_team") or "",
        priority=_said(ticket.fields.get("priority")).lower(),
        tags=_tags(ticket.fields) or (),
        language=_said(ticket.fields.get("language")),
        status=word(ticket.fields.get("status")),
    )
    return [TicketOpened(**envelope, data=opened)]


def _opening_seen(ticket: _Ticket) -> list[Event]:
    """The opening, told by a later delivery: where all messages are there and nobody has answered."""
    messages = objects(ticket.fields.get("messages"))
    count = text(ticket.fields.get("messages_count")) or str(len(messages))
    if not messages or count != str(len(messages)) or any(flag(one.get("from_agent")) is not False for one in messages):
        return []
    envelope = ticket.head("updated", ticket.at_ms("updated_datetime"))
    return recalled(envelope, ticket.at_ms("created_datetime"), ticket.channel, customer=ticket.customer)


def _state(ticket: _Ticket, opening: list[Event]) -> Adapted:
    """The ticket as it is now."""
    fields, status = ticket.fields, word(ticket.fields.get("status"))
    if not ticket.id:
        return ticket.delivery.not_understood("$.id: the ticket's is missing or unreadable")
    updated_ms = ticket.at_ms("updated_datetime")
    trashed_ms = ticket.at_ms("trashed_datetime")
    if flag(fields.get("spam")) or trashed_ms is not None:
        why: Literal["spam", "trashed"] = "spam" if trashed_ms is None else "trashed"
        return [*opening, TicketRemoved(**ticket.head(f"removed.{why}", trashed_ms or updated_ms), data=Removed(reason=why))]
    if status not in {"open", "closed"}:
        return ticket.delivery.not_understood("$.status: expected open or closed")
    # A snoozed ticket is closed until it wakes by itself: no resolution.
    snoozed = status == "closed" and bool(_said(fields.get("snooze_datetime")))
    changed = Updated(
        actor="system",
        status="snoozed" if snoozed else None if status == "closed" else status,
        assignee=_reference(fields, "assignee_user_id", "assignee_user"),
        team=_reference(fields, "assignee_team_id", "assignee_team"),
        priority=_said(fields["priority"]).lower() if "priority" in fields else None,
        tags=_tags(fields),
    )
    told = bool(opening) and opening[0].id == f"opened:{ticket.id}"
    events: list[Event] = opening if told else [*opening, TicketUpdated(**ticket.head("updated", updated_ms), data=changed)]
    if status == "closed" and not snoozed:
        # Who closed it is not told: whoever holds it, and where nobody does, a rule.
        agent = ticket.assignee
        closed_ms = ticket.at_ms("closed_datetime")
        envelope = ticket.head("closed", updated_ms if closed_ms is None else closed_ms)
        closed = Resolved(actor="agent" if agent else "system", agent=agent, status=status)
        events.append(TicketResolved(**envelope, data=closed))
    events += ticket.names(ticket.head("names", updated_ms))
    survey = inner(fields, "satisfaction_survey")
    answered = _survey(ticket.delivery, survey, ticket.id) if survey else []
    return ticket.known([*events, *answered] if isinstance(answered, list) else events)


def _survey(delivery: Delivery, survey: Fields, ticket: str) -> Adapted:
    if survey.get("score") is None:
        return NotForUs("a survey was offered") if survey else delivery.not_understood("$.data: no survey in it")
    rated = rating(text(survey.get("score")), "1-5")
    if rated is None or not ticket:
        return delivery.not_understood("$.score: expected 1 to 5" if ticket else "$.ticket_id: missing or unreadable")
    at_ms = times.parse_ms(_said(survey.get("scored_datetime")))
    event_id = f"surveyed:{ticket}:{text(survey.get('id'))}:{_key(delivery, at_ms)}"
    envelope = head(delivery, event_id, ticket, delivery.received_at_ms if at_ms is None else at_ms)
    return [TicketSurveyed(**envelope, data=Surveyed(*rated))]


def _said(value: object) -> str:
    found = text(value)
    return "" if found.lower() in _NOTHING else found


def _reference(fields: Fields, name: str, nested: str) -> str | None:
    """Empty for nobody; None where the payload does not say."""
    if name in fields:
        return _said(fields[name])
    return _said(inner(fields, nested).get("id")) if nested in fields else None


def _tags(fields: Fields) -> tuple[str, ...] | None:
    listed = fields.get("tags")
    if not isinstance(listed, list):
        return None
    return names([tag.get("name") if isinstance(tag, dict) else tag for tag in listed])


def _customer(delivery: Delivery, person: Fields) -> str:
    return delivery.customers.of_person(_said(person.get("email")), _said(person.get("id")))


def _key(delivery: Delivery, at_ms: int | None) -> str:
    return sha256(delivery.body).hexdigest()[:16] if at_ms is None else str(at_ms)
