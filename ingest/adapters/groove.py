"""Groove: webhooks on tickets and messages, to canonical events. Pure.

What happened stands in the header `X-Groove-Event` alone, and nothing is signed, so it is checked against the body. A message
names its ticket only at the end of a link. Closing is told twice, under two names; one id makes it one event.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Opened,
    Removed,
    Replied,
    Resolved,
    TicketOpened,
    TicketRemoved,
    TicketReplied,
    TicketResolved,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, channel, head
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed
from ingest.adapters.reading import Fields, flag, inner, json_object, names, text, word
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="us",
    steps=(
        "Groove > Settings > API > Webhooks > Add webhook, one for each event (or by API: POST /v1/webhooks).",
        (
            "Events: ticket_started, customer_replied, agent_replied, note_added, ticket_opened, ticket_closed, ticket_state_changed, "
            "ticket_assigned, ticket_priority_changed, ticket_tagged, ticket_deleted."
        ),
        "URL: {url}/{secret}   Groove signs nothing, so whoever knows this address can send: keep it out of chats and tickets.",
    ),
)

_MESSAGES = frozenset({"customer_replied", "agent_replied", "note_added"})
_STATES = frozenset({"unread", "notstarted", "opened", "pending", "snoozed", "closed", "spam"})
_IRRELEVANT = frozenset({"ticket_moved", "ticket_unassigned_from_mailbox", "customer_created", "customer_updated"})
_STATE_OF = {"ticket_opened": "opened", "ticket_closed": "closed"}


@dataclass(frozen=True, slots=True)
class _Ticket:
    delivery: Delivery
    fields: Fields
    number: str

    def head(self, what: str, at_ms: int | None) -> Head:
        """Without an instant it is the receipt's, and the id is made without it: a repeat must stay one event."""
        written = "" if at_ms is None else f":{at_ms}"
        told_at_ms = self.delivery.received_at_ms if at_ms is None else at_ms
        return head(self.delivery, f"{what}:{self.number}{written}", self.number, told_at_ms)

    @property
    def assignee(self) -> str:
        return _agent(self.delivery, text(self.fields.get("assignee")) or _last(self.fields, "assignee"))

    @property
    def channel(self) -> str:
        return channel(word(self.fields.get("type")))

    @property
    def customer(self) -> str:
        return self.delivery.customers.of_text(_last(self.fields, "customer"))

    @property
    def team(self) -> str:
        return text(self.fields.get("assigned_group_id")) or text(self.fields.get("assigned_group"))

    @property
    def changed_at_ms(self) -> int | None:
        return instant(self.fields.get("state_changed_at"))

    @property
    def updated_at_ms(self) -> int | None:
        return first(instant(self.fields.get("updated_at")), self.changed_at_ms)

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every ticket tells; a message does not."""
        if not word(self.fields.get("type")):
            return adapted
        return missed(adapted, instant(self.fields.get("created_at")), self.channel, customer=self.customer)


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind = word(delivery.headers.get("x-groove-event"))
    if kind in _IRRELEVANT:
        return NotForUs(kind)
    if kind in _MESSAGES:
        return _message(delivery, body, kind)
    if kind not in _TICKETS:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "X-Groove-Event: no event that is known")
    fields = inner(body, "ticket") or body
    number = text(fields.get("number")) or text(body.get("ticket_number"))
    if not number:
        return delivery.not_understood("$.number: missing or unreadable")
    # A change of state wraps the ticket, and its own word for the state is the newer one.
    fields = {**fields, "state": body["state"]} if "state" in body else fields
    ticket = _Ticket(delivery, fields, number)
    return ticket.known(_TICKETS[kind](ticket, kind))


def _message(delivery: Delivery, body: Fields, kind: str) -> Adapted:
    message, number = text(body.get("id")), _last(body, "ticket")
    note, by_agent = flag(body.get("note", False)), flag(body.get("agent_response"))
    at_ms = instant(body.get("created_at"))
    if not message or not number or at_ms is None or note is None or by_agent is None:
        missing = (
            "id" if not message else "links.ticket.href" if not number else "created_at" if at_ms is None else "agent_response"
        )
        return delivery.not_understood(f"$.{missing}: missing or unreadable")
    if note != (kind == "note_added") or (not note and by_agent != (kind == "agent_replied")):
        return delivery.not_understood("$.note and $.agent_response: expected what X-Groove-Event says")
    author = _last(body, "author")
    actor: Actor = "agent" if note or by_agent else "customer"
    replied = Replied(
        actor=actor,
        public=not note,
        agent=_agent(delivery, author) if actor == "agent" else "",
        customer=delivery.customers.of_text(author) if actor == "customer" else "",
        message_id=message,
    )
    return [TicketReplied(**head(delivery, f"replied:{number}:{message}", number, at_ms), data=replied)]


def _started(ticket: _Ticket, _: str) -> Adapted:
    fields = ticket.fields
    at_ms = first(instant(fields.get("created_at")), ticket.changed_at_ms)
    envelope = ticket.head("opened", None)
    envelope = envelope if at_ms is None else {**ticket.head("opened", at_ms), "id": envelope["id"]}
    opened = Opened(
        channel=ticket.channel,
        customer=ticket.customer,
        agent=ticket.assignee,
        team=ticket.team,
        priority=word(fields.get("priority")),
        tags=names(fields.get("tags")),
        status=word(fields.get("state")),
    )
    return [TicketOpened(**envelope, data=opened)]


def _state_changed(ticket: _Ticket, kind: str) -> Adapted:
    """The state without the one before it; the fold, which has the history, sees the edge."""
    state = word(ticket.fields.get("state"))
    said = _STATE_OF.get(kind, state)
    if state not in _STATES or said != state:
        return ticket.delivery.not_understood("$.state: expected a state that Groove has and the event says")
    envelope = ticket.head(f"state.{state}", ticket.changed_at_ms)
    if state == "spam":
        return [TicketRemoved(**envelope, data=Removed(reason="spam"))]
    if state == "closed":
        agent = ticket.assignee
        resolved = Resolved(actor="agent" if agent else "system", agent=agent, team=ticket.team, status=state)
        return [TicketResolved(**envelope, data=resolved)]
    return [TicketUpdated(**envelope, data=Updated(actor="system", status=state))]


def _changed(ticket: _Ticket, kind: str) -> Adapted:
    fields = ticket.fields
    match kind:
        case "ticket_assigned":
            changed = Updated(actor="system", assignee=ticket.assignee, team=ticket.team)
        case "ticket_priority_changed":
            changed = Updated(actor="system", priority=word(fields.get("priority")))
        case _:
            changed = Updated(actor="system", tags=names(fields.get("tags")))
    at_ms = ticket.updated_at_ms
    envelope = ticket.head(kind, at_ms)
    if at_ms is None:
        # Nothing tells two changes apart but what they changed to.
        value = changed.assignee or changed.priority or " ".join(changed.tags or ())
        envelope = {**envelope, "id": f"{envelope['id']}:{value}"[:256]}
    return [TicketUpdated(**envelope, data=changed)]


def _deleted(ticket: _Ticket, _: str) -> Adapted:
    return [TicketRemoved(**ticket.head("removed", None), data=Removed(reason="deleted"))]


def _agent(delivery: Delivery, written: str) -> str:
    """Agents are named by their mail addresses: such a one passes as a token, like a customer's."""
    return delivery.customers.of_email(written) if "@" in written else written


def _last(fields: Fields, name: str) -> str:
    """The last part of a link: a ticket's number, or a person's address."""
    link = inner(inner(fields, "links"), name).get("href")
    return unquote(text(link).rstrip("/").rpartition("/")[2]) if isinstance(link, str) else ""


_TICKETS = {
    "ticket_started": _started,
    "ticket_opened": _state_changed,
    "ticket_closed": _state_changed,
    "ticket_state_changed": _state_changed,
    "ticket_assigned": _changed,
    "ticket_priority_changed": _changed,
    "ticket_tagged": _changed,
    "ticket_deleted": _deleted,
}
