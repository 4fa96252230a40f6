"""One notification of Intercom's, read: who, what it is about, and the part that was added. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from events.wire import Actor, Event
from ingest.adapters.canonical import Head, called, channel, head
from ingest.adapters.instants import instant
from ingest.adapters.reading import Fields, flag, inner, names, objects, text, word
from ingest.delivery import Delivery

_CUSTOMERS = frozenset({"user", "lead", "contact"})
_NOBODY = frozenset({"", "0"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification: about a conversation or a ticket as it is now, with the part that was added."""

    delivery: Delivery
    id: str
    at_ms: int
    item: Fields
    part: Fields

    @property
    def subject(self) -> str:
        return text(self.item.get("id")) or text(self.item.get("conversation_id"))

    @property
    def part_at_ms(self) -> int:
        at_ms = instant(self.part.get("created_at"))
        return self.at_ms if at_ms is None else at_ms

    @property
    def source(self) -> Fields:
        """The first message; bodies of 2019 call it otherwise."""
        return inner(self.item, "source") or inner(self.item, "conversation_message")

    @property
    def customer(self) -> str:
        author, user = inner(self.source, "author"), inner(self.item, "user")
        began = author if word(author.get("type")) in _CUSTOMERS else user
        contacts = objects(inner(self.item, "contacts").get("contacts", self.item.get("contacts")))
        customers = self.delivery.customers
        return customers.of_person(
            text(began.get("email")), text(began.get("id")) or (text(contacts[0].get("id")) if contacts else "")
        )

    @property
    def channel(self) -> str:
        written = word(self.source.get("type"))
        return "chat" if written in {"conversation", "push"} else channel(written)

    @property
    def is_outbound(self) -> bool:
        """Begun by the company. A ticket of the back office or a tracker has no customer who waits."""
        delivered = word(self.source.get("delivered_as")) or "customer_initiated"
        kind = word(self.item.get("category")).replace("-", "_").replace(" ", "_")
        return delivered != "customer_initiated" or kind in {"back_office", "task", "tracker"}

    @property
    def assignee(self) -> str:
        legacy = inner(self.item, "assignee")
        found = text(self.item.get("admin_assignee_id", legacy.get("id") if word(legacy.get("type")) != "team" else None))
        return "" if found in _NOBODY else found

    @property
    def team(self) -> str:
        found = text(self.item.get("team_assignee_id"))
        return "" if found in _NOBODY else found

    def head(self, at_ms: int | None = None, event_id: str = "") -> Head:
        return head(self.delivery, event_id or self.id, self.subject, self.at_ms if at_ms is None else at_ms)

    def author(self) -> tuple[Actor, str]:
        """Who added the part, and the agent's id if it was one. A bot that is no AI is a workflow."""
        author = inner(self.part, "author")
        kind = word(author.get("type"))
        if kind in _CUSTOMERS:
            return "customer", ""
        if kind == "bot" or not kind:
            return ("bot" if is_ai(self.part) else "system"), ""
        return "agent", text(author.get("id"))

    def names(self) -> Iterator[Event]:
        """Of the agents in it."""
        authors = [inner(self.part, "author"), inner(self.source, "author")]
        for one in authors:
            if word(one.get("type")) == "admin":
                yield from called(self.head(), "agent", text(one.get("id")), text(one.get("name")))


def last_part(item: Fields) -> Fields:
    """Of a ticket the list is its whole history; of a conversation normally the new part alone."""
    for name in ("conversation_parts", "ticket_parts"):
        parts = objects(inner(item, name).get(name, item.get(name)))
        if parts:
            return parts[-1]
    return {}


def is_ai(part: Fields) -> bool:
    author = inner(part, "author")
    return any(flag(told.get(name)) for told in (part, author) for name in ("is_ai_answer", "from_ai_agent"))


def status_of(item: Fields) -> str:
    return word(item.get("state")) or category(item.get("ticket_state"))


def category(state: object) -> str:
    """A state is an object, and in older bodies its category alone."""
    return word(state.get("category")) if isinstance(state, dict) else word(state)


def priority_of(notice: Notice) -> str | None:
    return word(notice.item["priority"]) if isinstance(notice.item.get("priority"), str) else None


def tags_of(item: Fields) -> tuple[str, ...] | None:
    listed = inner(item, "tags").get("tags", item.get("tags"))
    return names([tag.get("name") for tag in listed if isinstance(tag, dict)]) if isinstance(listed, list) else None
