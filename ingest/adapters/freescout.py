"""FreeScout (API & Webhooks module), to canonical events. Pure.

What happened stands in the header `X-FreeScout-Event` alone, which is not signed, so it is checked against the body: always the
conversation as it is now, with its threads. There is no id of an event; the newest thread's, or the time of the change, makes one.
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
from ingest.adapters.opening import recalled
from ingest.adapters.reading import Fields, inner, json_object, names, text, word
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Install the module 'API & Webhooks' (Manage > Modules), then open Manage > API & Webhooks > Webhooks > New Webhook.",
        (
            "URL: {url}   Events: convo.created, convo.customer.reply.created, convo.agent.reply.created, convo.note.created, "
            "convo.status, convo.assigned, convo.deleted, convo.deleted_forever. Save."
        ),
        (
            "On the FreeScout server, in its folder, print the key that FreeScout signs with (the application's own key stays there): "
            "printf '%s' \"$(sed -n 's/^APP_KEY=//p' .env)webhook_key\" | md5sum | cut -c1-32   It is this source's secret."
        ),
    ),
)

_REPLIES: dict[str, tuple[str, Actor]] = {
    "convo.customer.reply.created": ("customer", "customer"),
    "convo.agent.reply.created": ("message", "agent"),
    "convo.note.created": ("note", "agent"),
}
"""What the thread must be, and who wrote it."""
_OPEN = frozenset({"active", "pending"})
_IRRELEVANT = frozenset({"convo.moved", "convo.restored", "customer.created", "customer.updated"})


@dataclass(frozen=True, slots=True)
class _Conversation:
    delivery: Delivery
    fields: Fields

    @property
    def id(self) -> str:
        return text(self.fields.get("id"))

    @property
    def status(self) -> str:
        return word(self.fields.get("status"))

    @property
    def assignee(self) -> str:
        return text(inner(self.fields, "assignee").get("id"))

    @property
    def threads(self) -> list[Fields]:
        """From the oldest to the newest, as far as the body has them."""
        listed = inner(self.fields, "_embedded").get("threads")
        found = [thread for thread in listed if isinstance(thread, dict)] if isinstance(listed, list) else []
        return sorted(found, key=lambda thread: (instant(thread.get("createdAt")) or 0, text(thread.get("id")).rjust(20)))

    @property
    def changed_at_ms(self) -> int | None:
        """The latest instant it tells. A customer's reply opens a conversation and leaves the time of the last user's change as it was."""
        told = [instant(self.fields.get(name)) for name in ("userUpdatedAt", "updatedAt")]
        return max(
            (at for at in [*told, *(instant(one.get("createdAt")) for one in self.threads)] if at is not None), default=None
        )

    @property
    def customer(self) -> str:
        by = inner(self.fields, "createdBy")
        author = by if word(by.get("type")) == "customer" else {}
        who = inner(self.fields, "customer") or inner(self.fields, "primaryCustomer") or author
        return self.delivery.customers.of_email(text(who.get("email"))) or self.delivery.customers.of_id(text(who.get("id")))

    @property
    def channel(self) -> str:
        return channel(word(self.fields.get("type")))

    @property
    def direction(self) -> Direction:
        return "out" if word(inner(self.fields, "createdBy").get("type")) == "user" else "in"

    def head(self, what: str, at_ms: int | None, key: str = "") -> Head:
        """Without an instant it is the receipt's, and the id is made without it: a repeat must stay one event."""
        newest = text(self.threads[-1].get("id")) if self.threads else ""
        key = key or (newest if at_ms is None else str(at_ms))
        return head(self.delivery, f"{what}:{self.id}:{key}", self.id, self.delivery.received_at_ms if at_ms is None else at_ms)

    def recalled(self, envelope: Head, besides: str = "") -> list[Event]:
        """The opening, if all threads are here and none but `besides` is an answer."""
        counted = self.fields.get("threadsCount", self.fields.get("threads"))
        threads = self.threads
        told = text(counted)
        messages = [one for one in threads if word(one.get("type")) in {"customer", "message"}]
        whole = bool(messages) and told.isascii() and told.isdigit() and len(messages) >= int(told)
        answered = any(word(one.get("type")) == "message" and text(one.get("id")) != besides for one in threads)
        if not whole or answered or self.direction == "out":
            return []
        return recalled(envelope, instant(self.fields.get("createdAt")), self.channel, customer=self.customer)


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind = word(delivery.headers.get("x-freescout-event"))
    if kind in _IRRELEVANT:
        return NotForUs(kind)
    conversation = _Conversation(delivery, body)
    if kind not in _KINDS and kind not in _REPLIES:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "X-FreeScout-Event: no event that is known")
    if not conversation.id:
        return delivery.rejected(Reason.NOT_UNDERSTOOD, "$.id: missing or unreadable")
    return _replied(conversation, kind) if kind in _REPLIES else _KINDS[kind](conversation)


def _created(conversation: _Conversation) -> Adapted:
    fields = conversation.fields
    at_ms = instant(fields.get("createdAt"))
    if at_ms is None:
        return conversation.delivery.rejected(Reason.NOT_UNDERSTOOD, "$.createdAt: missing or unreadable")
    outbound = conversation.direction == "out"
    opened = Opened(
        channel=conversation.channel,
        direction=conversation.direction,
        actor="agent" if outbound else "customer",
        customer=conversation.customer,
        agent=text(inner(fields, "createdBy").get("id")) if outbound else conversation.assignee,
        tags=_tags(fields.get("tags")),
        brand=text(fields.get("mailboxId")),
        status=conversation.status,
    )
    envelope: Head = {**conversation.head("opened", at_ms), "id": f"opened:{conversation.id}"}
    events: list[Event] = [TicketOpened(**envelope, data=opened)]
    if conversation.status == "closed":
        # Born closed: no change of status will follow.
        agent = conversation.assignee
        data = Resolved(actor="agent" if agent else "system", agent=agent, status="closed")
        born: Head = {**envelope, "id": f"opened:{conversation.id}:resolved"}
        events.append(TicketResolved(**born, data=data))
    return events


def _replied(conversation: _Conversation, kind: str) -> Adapted:
    expected, actor = _REPLIES[kind]
    threads = conversation.threads
    found = [thread for thread in threads if word(thread.get("type")) == expected]
    if threads and not found:
        return conversation.delivery.rejected(
            Reason.NOT_UNDERSTOOD, "$._embedded.threads: expected one of the kind that X-FreeScout-Event says"
        )
    thread = found[-1] if found else {}
    if word(thread.get("state")) not in {"", "published"}:
        return NotForUs("a thread that is not published")
    message, at_ms = text(thread.get("id")), first(instant(thread.get("createdAt")), conversation.changed_at_ms)
    if not message and at_ms is None:
        return conversation.delivery.rejected(Reason.NOT_UNDERSTOOD, "$._embedded.threads: missing or unreadable")
    by = inner(thread, "createdBy")
    envelope = conversation.head("replied", at_ms, message)
    replied = Replied(
        actor=actor,
        public=expected != "note",
        agent=text(by.get("id")) if actor == "agent" and word(by.get("type")) == "user" else "",
        customer=conversation.customer if actor == "customer" else "",
        message_id=message,
    )
    return [*conversation.recalled(envelope, message), TicketReplied(**envelope, data=replied)]


def _status(conversation: _Conversation) -> Adapted:
    """The status without the one before it; the fold, which has the history, sees the edge."""
    fields, status = conversation.fields, conversation.status
    if status == "spam":
        return [TicketRemoved(**conversation.head("spam", conversation.changed_at_ms), data=Removed(reason="spam"))]
    if status == "closed":
        envelope = conversation.head("closed", first(instant(fields.get("closedAt")), conversation.changed_at_ms))
        agent = text(inner(fields, "closedByUser").get("id")) or text(fields.get("closedBy")) or conversation.assignee
        agent = "" if agent == "0" else agent
        resolved = Resolved(actor="agent" if agent else "system", agent=agent, status=status)
        return [*conversation.recalled(envelope), TicketResolved(**envelope, data=resolved)]
    if status not in _OPEN:
        return conversation.delivery.rejected(Reason.NOT_UNDERSTOOD, "$.status: expected a status that FreeScout has")
    at_ms, closed_at_ms = conversation.changed_at_ms, instant(fields.get("closedAt"))
    if at_ms is not None and closed_at_ms is not None:
        # What is open and has an end was opened after it.
        at_ms = max(at_ms, closed_at_ms + 1)
    envelope = conversation.head(status, at_ms)
    return [*conversation.recalled(envelope), TicketUpdated(**envelope, data=Updated(actor="system", status=status))]


def _assigned(conversation: _Conversation) -> Adapted:
    envelope = conversation.head(f"assigned:{conversation.assignee}", conversation.changed_at_ms)
    changed = Updated(actor="system", assignee=conversation.assignee)
    return [*conversation.recalled(envelope), TicketUpdated(**envelope, data=changed)]


def _trashed(conversation: _Conversation) -> Adapted:
    return [TicketRemoved(**conversation.head("trashed", conversation.changed_at_ms, "1"), data=Removed(reason="trashed"))]


def _deleted(conversation: _Conversation) -> Adapted:
    return [TicketRemoved(**conversation.head("deleted", conversation.changed_at_ms, "1"), data=Removed(reason="deleted"))]


def _tags(value: object) -> tuple[str, ...]:
    """Words, or objects with a word in them."""
    listed = value if isinstance(value, list) else []
    return names([tag.get("tag", tag.get("name")) if isinstance(tag, dict) else tag for tag in listed])


_KINDS = {
    "convo.created": _created,
    "convo.status": _status,
    "convo.assigned": _assigned,
    "convo.deleted": _trashed,
    "convo.deleted_forever": _deleted,
}
