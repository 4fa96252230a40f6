"""Zammad: triggers that send the default payload, to canonical events. Pure.

A delivery says what happened in one place alone: the name of the trigger, which an admin writes. So the names are prescribed
(`deskpulse ticket.replied`, ...), and what the name claims is checked against the signed ticket and article. Ids are made of
these: the header with the delivery's id is not signed, and a retry may carry a ticket that has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from events.rejected import Rejected
from events.wire import (
    Actor,
    Direction,
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
from ingest.adapters.canonical import Head, called, channel, head, with_names
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, json_object, names, text, word
from ingest.delivery import Adapted, Delivery
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="us",
    steps=(
        (
            "Zammad > Settings > Manage > Webhook > New Webhook. Name: Deskpulse   Endpoint: {url}   HMAC SHA1 Signature Token: {secret}   "
            "SSL verification: yes   Custom payload: off."
        ),
        (
            "Settings > Manage > Trigger: five triggers that each perform 'Webhook > Deskpulse', named exactly as follows; the name is all "
            "that tells what happened."
        ),
        "'deskpulse ticket.opened': activated by Action, condition 'Ticket > Action is created'.",
        "'deskpulse ticket.replied': activated by Action, execute Always, condition 'Article > Action is created'.",
        "'deskpulse ticket.resolved': activated by Action, execute Selective, condition 'Ticket > State is closed'.",
        "'deskpulse ticket.merged': activated by Action, execute Selective, condition 'Ticket > State is merged'.",
        "'deskpulse ticket.updated': activated by Action, execute Selective, condition 'Ticket > State, Owner, Group or Priority has changed'.",
    ),
)

UNTOLD = "unknown"
"""The ticket that another was merged into: Zammad links the two and sends neither link nor number."""
_SENDERS: dict[str, Actor] = {"customer": "customer", "agent": "agent", "system": "system"}
_NOBODY = frozenset({"", "1", "-"})
"""User 1 is Zammad itself: as owner it means nobody, as author a rule."""
_AGENT, _CUSTOMER = "agent", "customer"
"""Roles that every Zammad begins with; an organisation may have others, whose agents and customers nobody tells apart."""
_OF_STATES = frozenset({"ticket.resolved", "ticket.reopened", "ticket.updated", "ticket.merged"})


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    ticket: Fields
    article: Fields

    @property
    def id(self) -> str:
        return text(self.ticket.get("id"))

    @property
    def updated_at_ms(self) -> int | None:
        return instant(self.ticket.get("updated_at"))

    @property
    def state(self) -> str:
        return _name(self.ticket, "state")

    @property
    def is_closed(self) -> bool:
        """`closed`, or a state of the organisation's own that it names as an end."""
        return self.state == "closed" or self.state in self.delivery.closed

    @property
    def team(self) -> str:
        return _id(self.ticket, "group")

    @property
    def channel(self) -> str:
        return channel(_name(self.ticket, "create_article_type").replace("email-out", "email"))

    @property
    def customer(self) -> str:
        written = inner(self.ticket, "customer")
        return self.delivery.customers.of_person(text(written.get("email")), _id(self.ticket, "customer"))

    @property
    def direction(self) -> Direction:
        return "out" if _name(self.ticket, "create_article_sender") == "agent" else "in"

    def editor(self) -> tuple[Actor, str]:
        """Who changed the ticket last, and the agent's id if it was one. A colleague of the customer has that role alone."""
        by, roles = _id(self.ticket, "updated_by"), _roles(inner(self.ticket, "updated_by"))
        if by and (by == _id(self.ticket, "customer") or (_CUSTOMER in roles and _AGENT not in roles)):
            return "customer", ""
        return ("system", "") if by in _NOBODY else ("agent", by)

    def head(self, event_id: str, at_ms: int) -> Head:
        return head(self.delivery, event_id, self.id, at_ms)

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every ticket tells."""
        if not _name(self.ticket, "create_article_type") or not _name(self.ticket, "create_article_sender"):
            return adapted
        opened_ms = instant(self.ticket.get("created_at"))
        return missed(adapted, opened_ms, self.channel, customer=self.customer, direction=self.direction)

    def names(self) -> Iterator[Event]:
        """Of the group, and of those who are agents for certain: another customer of the organisation may change a ticket too."""
        ticket, article, editor = self.ticket, self.article, inner(self.ticket, "updated_by")
        people = [
            inner(ticket, "owner"),
            inner(ticket, "created_by") if self.direction == "out" else {},
            inner(article, "created_by") if _name(article, "sender") == "agent" else {},
            editor if _AGENT in _roles(editor) else {},
        ]
        at_ms = first(self.updated_at_ms, instant(article.get("created_at")))
        if at_ms is None:
            return
        envelope, others = self.head(f"names:{self.id}:{at_ms}", at_ms), {*_NOBODY, _id(ticket, "customer")}
        agents = [one for one in people if text(one.get("id")) not in others]
        for one in agents:
            yield from called(envelope, "agent", text(one.get("id")), _full_name(one))
        yield from called(envelope, "team", self.team, text(inner(ticket, "group").get("name")))


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    notice = _Notice(delivery, inner(body, "ticket"), inner(body, "article"))
    if not notice.id:
        return notice.delivery.not_understood("$.ticket.id: missing or unreadable")
    claim = (delivery.headers.get("x-zammad-trigger", "").lower().split() or [""])[-1]
    if claim == "ticket.opened":
        adapted = _opened(notice)
    elif claim == "ticket.replied":
        adapted = _replied(notice)
    elif claim in _OF_STATES:
        adapted = _changed(notice, claim)
    else:
        return notice.delivery.not_understood("X-Zammad-Trigger: expected a trigger named as `deskpulse ticket.replied`")
    return with_names(notice.known(adapted), notice.names())


def _opened(notice: _Notice) -> Adapted:
    opened_at_ms = instant(notice.ticket.get("created_at"))
    if opened_at_ms is None:
        return notice.delivery.not_understood("$.ticket.created_at: missing or unreadable")
    if text(notice.ticket.get("article_count")) not in {"", "1"} and not _is_unanswered(notice):
        # An automatic reply may have come in between; an answer means that the trigger also fires later on.
        return notice.delivery.not_understood(
            "$.ticket.article_count: expected 1; the trigger `deskpulse ticket.opened` runs when a ticket is created"
        )
    outbound = notice.direction == "out"
    sender = _SENDERS.get(_name(notice.ticket, "create_article_sender"), "customer")
    owner = _id(notice.ticket, "owner")
    opened = Opened(
        channel=notice.channel,
        direction=notice.direction,
        actor=sender,
        customer=notice.customer,
        agent=_id(notice.ticket, "created_by") if outbound else "" if owner in _NOBODY else owner,
        team=notice.team,
        priority=_name(notice.ticket, "priority"),
        status=notice.state,
    )
    events: list[Event] = [TicketOpened(**notice.head(f"opened:{notice.id}", opened_at_ms), data=opened)]
    if notice.is_closed:
        closed = _of_state(notice)
        return closed if isinstance(closed, Rejected) else [*events, *closed]
    return events


def _replied(notice: _Notice) -> Adapted:
    article = notice.article
    article_id, at_ms = text(article.get("id")), instant(article.get("created_at"))
    actor, internal = _SENDERS.get(_name(article, "sender")), flag(article.get("internal"))
    if not article_id or at_ms is None or actor is None or internal is None:
        missing = "id" if not article_id else "created_at" if at_ms is None else "sender" if actor is None else "internal"
        return notice.delivery.not_understood(f"$.article.{missing}: missing or unreadable")
    envelope = notice.head(f"replied:{notice.id}:{article_id}", at_ms)
    replied = Replied(
        actor=actor,
        public=not internal,
        agent=_id(article, "created_by") if actor == "agent" else "",
        team=notice.team if actor == "agent" else "",
        customer=notice.customer if actor == "customer" else "",
        message_id=article_id,
    )
    return [*_recalled(notice, envelope), TicketReplied(**envelope, data=replied)]


def _changed(notice: _Notice, claim: str) -> Adapted:
    closed, merged = notice.is_closed, notice.state == "merged"
    if not notice.state or (claim == "ticket.resolved" and not closed) or (claim == "ticket.merged" and not merged):
        return notice.delivery.not_understood("$.ticket.state: expected what the trigger's name says")
    if claim == "ticket.reopened" and (closed or merged):
        return notice.delivery.not_understood("$.ticket.state: expected a state that is open, as the trigger's name says")
    found = _of_state(notice)
    at_ms = notice.updated_at_ms
    if isinstance(found, Rejected) or claim != "ticket.updated" or merged or at_ms is None:
        return found
    owner = _id(notice.ticket, "owner")
    actor, agent = notice.editor()
    now = Updated(
        actor=actor,
        agent=agent,
        assignee="" if owner in _NOBODY else owner,
        team=notice.team,
        priority=_name(notice.ticket, "priority"),
    )
    envelope = notice.head(f"updated:{notice.id}:{at_ms}", at_ms)
    return [*_recalled(notice, envelope), TicketUpdated(**envelope, data=now), *found]


def _of_state(notice: _Notice) -> list[Event] | Rejected:
    """Zammad tells the state without the one before it; the fold, which has the history, sees the edge."""
    state, updated_at_ms = notice.state, notice.updated_at_ms
    closed_at_ms = first(instant(notice.ticket.get("last_close_at")), updated_at_ms)
    at_ms = closed_at_ms if notice.is_closed else updated_at_ms
    if at_ms is None:
        return notice.delivery.not_understood("$.ticket.updated_at: missing or unreadable")
    envelope = notice.head(f"state:{notice.id}:{state}:{at_ms}", at_ms)
    actor, agent = notice.editor()
    match state:
        case _ if notice.is_closed:
            return [TicketResolved(**envelope, data=Resolved(actor=actor, agent=agent, team=notice.team, status=state))]
        case "merged":
            return [TicketMerged(**envelope, data=Merged(into=UNTOLD))]
        case "removed":
            return [TicketRemoved(**envelope, data=Removed(reason="deleted"))]
        case _:
            return [TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, status=state))]


def _recalled(notice: _Notice, envelope: Head) -> list[Event]:
    if not _is_unanswered(notice) or not _name(notice.ticket, "create_article_sender"):
        return []
    opened_at_ms = instant(notice.ticket.get("created_at"))
    return recalled(envelope, opened_at_ms, notice.channel, customer=notice.customer, direction=notice.direction)


def _is_unanswered(notice: _Notice) -> bool:
    """Nobody has answered before this very article; only where the payload has the field."""
    if "first_response_at" not in notice.ticket:
        return text(notice.ticket.get("article_count")) == "1"
    answered_at_ms = instant(notice.ticket.get("first_response_at"))
    return answered_at_ms is None or answered_at_ms == instant(notice.article.get("created_at"))


def _id(fields: Fields, name: str) -> str:
    """Of a user or group: nested, or as its number alone."""
    return text(inner(fields, name).get("id")) or text(fields.get(f"{name}_id"))


def _name(fields: Fields, name: str) -> str:
    """Of a state, sender or priority: nested or as text."""
    return (word(inner(fields, name).get("name")) or word(fields.get(name)))[:128]


def _roles(person: Fields) -> frozenset[str]:
    return frozenset(role.lower() for role in names(person.get("roles")))


def _full_name(person: Fields) -> str:
    return f"{text(person.get('firstname'))} {text(person.get('lastname'))}"
