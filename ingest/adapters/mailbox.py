"""A conversation as Help Scout and FreeScout tell it: as it is now, without what it was before, under an event's name in a header.

The header is not signed, so what it says is checked against the body. There is no id of an event; the newest thread's, or the time
of the change, makes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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
from ingest.adapters.canonical import Head, called, channel, head
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, names, objects, text, word
from ingest.delivery import Adapted, Delivery, NotForUs

_CHATS = frozenset({"chat", "beaconchat"})
_OPEN = frozenset({"active", "pending"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """`header` is the one that names the event."""

    delivery: Delivery
    fields: Fields
    header: str

    @property
    def id(self) -> str:
        return text(self.fields.get("id"))

    @property
    def status(self) -> str:
        return word(self.fields.get("status"))

    @property
    def assignee(self) -> str:
        """Version 1 of Help Scout calls it the owner."""
        return text((inner(self.fields, "assignee") or inner(self.fields, "owner")).get("id"))

    @property
    def threads(self) -> list[Fields]:
        """From the oldest to the newest, as far as the body has them."""
        found = objects(inner(self.fields, "_embedded").get("threads", self.fields.get("threads")))
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
        return self.delivery.customers.of_person(text(who.get("email")), text(who.get("id")))

    @property
    def channel(self) -> str:
        return channel(word(self.fields.get("type")))

    @property
    def direction(self) -> Direction:
        """Who writes down a call is not who begins it."""
        by_user = word(inner(self.fields, "createdBy").get("type")) == "user"
        return "out" if by_user and self.channel != "phone" else "in"

    def head(self, what: str, at_ms: int | None, key: str = "") -> Head:
        """Without an instant it is the receipt's, and the id is made without it: a repeat must stay one event."""
        newest = text(self.threads[-1].get("id")) if self.threads else ""
        key = key or (newest if at_ms is None else str(at_ms))
        return head(self.delivery, f"{what}:{self.id}:{key}", self.id, self.delivery.received_at_ms if at_ms is None else at_ms)

    def names(self) -> Iterator[Event]:
        """Of the agents in it, and of the mailbox."""
        authors = [inner(thread, "createdBy") for thread in self.threads]
        people = [inner(self.fields, "assignee"), inner(self.fields, "owner"), inner(self.fields, "closedByUser"), *authors]
        agents = [one for one in people if word(one.get("type")) != "customer"]
        envelope, box = self.head("names", self.changed_at_ms), inner(self.fields, "mailbox")
        for one in agents:
            yield from called(envelope, "agent", text(one.get("id")), _full_name(one))
        yield from called(envelope, "brand", text(box.get("id")), text(box.get("name")))

    def known(self, adapted: Adapted) -> Adapted:
        """With the opening, which every conversation tells."""
        opened_ms = instant(self.fields.get("createdAt"))
        return missed(adapted, opened_ms, self.channel, customer=self.customer, direction=self.direction)

    def recalled(self, envelope: Head, besides: str = "") -> list[Event]:
        """The opening, if all threads are here and none but `besides` is an answer."""
        counted = self.fields.get("threadsCount", self.fields.get("threadCount", self.fields.get("threads")))
        threads = self.threads
        told = text(counted)
        messages = [one for one in threads if word(one.get("type")) in {"customer", "message"}]
        whole = bool(messages) and told.isascii() and told.isdigit() and len(messages) >= int(told)
        answered = any(_writer(one) != "customer" and _is_message(one) and text(one.get("id")) != besides for one in threads)
        if not whole or answered or self.direction == "out":
            return []
        return recalled(envelope, instant(self.fields.get("createdAt")), self.channel, customer=self.customer)


def created(conversation: Conversation) -> Adapted:
    fields = conversation.fields
    at_ms = instant(fields.get("createdAt"))
    if at_ms is None:
        return conversation.delivery.not_understood("$.createdAt: missing or unreadable")
    outbound = conversation.direction == "out"
    opened = Opened(
        channel=conversation.channel,
        direction=conversation.direction,
        actor="agent" if outbound else "customer",
        customer=conversation.customer,
        agent=text(inner(fields, "createdBy").get("id")) if outbound else conversation.assignee,
        tags=tags(fields.get("tags")),
        brand=text(fields.get("mailboxId", inner(fields, "mailbox").get("id"))),
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


def replied(conversation: Conversation, actor: Actor, *, public: bool) -> Adapted:
    """The newest thread of the kind that the event's name says."""
    threads = conversation.threads
    if public:
        found = [thread for thread in threads if _is_message(thread) and _writer(thread) == actor]
    else:
        found = [thread for thread in threads if word(thread.get("type")) == "note"]
    if threads and not found and word(threads[-1].get("type")).startswith("forward"):
        return NotForUs("a forward to somebody else")
    if threads and not found:
        return conversation.delivery.not_understood(
            f"$._embedded.threads: expected one of the kind that {conversation.header} says"
        )
    thread = found[-1] if found else {}
    if word(thread.get("state")) not in {"", "published"} or flag(thread.get("isDraft")):
        return NotForUs("a thread that is not published")
    message, at_ms = text(thread.get("id")), first(instant(thread.get("createdAt")), conversation.changed_at_ms)
    if not message and at_ms is None:
        return conversation.delivery.not_understood("$._embedded.threads: missing or unreadable")
    by = inner(thread, "createdBy")
    envelope = conversation.head("replied", at_ms, message)
    if actor == "agent" and "workflow" in word(inner(thread, "action").get("type")):
        actor = "system"
    data = Replied(
        actor=actor,
        public=public,
        agent=text(by.get("id")) if actor == "agent" and word(by.get("type")) == "user" else "",
        customer=conversation.customer if actor == "customer" else "",
        message_id=message,
    )
    return [*conversation.recalled(envelope, message), TicketReplied(**envelope, data=data)]


def _full_name(person: Fields) -> str:
    first_name, last_name = person.get("firstName", person.get("first")), person.get("lastName", person.get("last"))
    return f"{text(first_name)} {text(last_name)}"


def _is_message(thread: Fields) -> bool:
    """Notes, line items of what happened, and forwards to others are none."""
    return word(thread.get("type")) in {"customer", "message", "reply", "phone"} | _CHATS


def _writer(thread: Fields) -> Actor:
    """A thread's type says it, but in chats and calls, where both sides have the same."""
    kind = word(thread.get("type"))
    if kind in _CHATS | {"phone"}:
        return "agent" if word(inner(thread, "createdBy").get("type")) == "user" else "customer"
    return "customer" if kind == "customer" else "agent"


def status_changed(conversation: Conversation) -> Adapted:
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
        return conversation.delivery.not_understood("$.status: expected closed, active, pending or spam")
    at_ms, closed_at_ms = conversation.changed_at_ms, instant(fields.get("closedAt"))
    if at_ms is not None and closed_at_ms is not None:
        # What is open and has an end was opened after it.
        at_ms = max(at_ms, closed_at_ms + 1)
    envelope = conversation.head(status, at_ms)
    return [*conversation.recalled(envelope), TicketUpdated(**envelope, data=Updated(actor="system", status=status))]


def assigned(conversation: Conversation) -> Adapted:
    envelope = conversation.head(f"assigned:{conversation.assignee}", conversation.changed_at_ms)
    changed = Updated(actor="system", assignee=conversation.assignee)
    return [*conversation.recalled(envelope), TicketUpdated(**envelope, data=changed)]


def trashed(conversation: Conversation) -> Adapted:
    return _removed(conversation, "trashed")


def deleted(conversation: Conversation) -> Adapted:
    return _removed(conversation, "deleted")


def _removed(conversation: Conversation, reason: Literal["trashed", "deleted"]) -> Adapted:
    """An old body played back under this event's name would take a ticket out of the numbers: where a state is told, it must agree."""
    if word(conversation.fields.get("state")) not in {"", "deleted"}:
        return conversation.delivery.not_understood(f"$.state: expected deleted, as {conversation.header} says")
    return [TicketRemoved(**conversation.head(reason, conversation.changed_at_ms, "1"), data=Removed(reason=reason))]


def tags(value: object) -> tuple[str, ...]:
    """Words, or objects with a word in them."""
    listed = value if isinstance(value, list) else []
    return names([tag.get("tag", tag.get("name")) if isinstance(tag, dict) else tag for tag in listed])
