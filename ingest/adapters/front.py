"""Front: application webhooks and rule webhooks, which carry the same events under different names, to canonical events. Pure.

Front tells of messages and not of conversations, so the first message also tells the opening, at the time that the conversation
says it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from events.rejected import Reason, Rejected
from events.wire import (
    Abandoned,
    Actor,
    Direction,
    Event,
    Merged,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    TicketAbandoned,
    TicketMerged,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, Nameable, called, channel, head, with_names
from ingest.adapters.instants import first, instant
from ingest.adapters.opening import missed
from ingest.adapters.reading import Fields, inner, json_object, names, text, word
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.verify import Sent

_BEGINS_WITHIN_MS = 60_000
"""A message this soon after its conversation was made began it."""
_APPLICATION = {
    "inbound_received": "inbound",
    "outbound_sent": "outbound",
    "new_comment_added": "comment",
    "conversation_archived": "archive",
    "conversation_reopened": "reopen",
    "conversation_deleted": "trash",
    "conversation_restored": "restore",
    "conversation_moved": "move",
    "assignee_changed": "assign",
    "tag_added": "tag",
    "tag_removed": "untag",
    "ticket_status_updated": "ticket_status_update",
}
"""What applications call the events; rules, and the event inside, have the names to the right."""
_NO_NEWS = frozenset(
    ("conversation_snooze_expired", "conversation_snoozed", "custom_field_updated", "forward", "link_added", "link_removed",
     "macro_triggered", "message_bounce_error", "message_delivery_failed", "reminder", "reminder_created", "reminder_expired",
     "restore", "sending_error", "sync")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    event: Fields
    at_ms: int

    @property
    def conversation(self) -> Fields:
        return inner(self.event, "conversation")

    @property
    def target(self) -> Any:
        return inner(self.event, "target").get("data")

    @property
    def item(self) -> Fields:
        return self.target if isinstance(self.target, dict) else {}

    @property
    def customer(self) -> str:
        return self.delivery.customers.of_text(text(inner(self.conversation, "recipient").get("handle")))

    @property
    def inbox(self) -> str:
        """Where an event of a message came from: the first of the inboxes that it lies in."""
        source = inner(self.event, "source")
        listed = source.get("data")
        found = listed[0] if word(inner(source, "_meta").get("type")) == "inboxes" and isinstance(listed, list) and listed else {}
        return text(found.get("id")) if isinstance(found, dict) else ""

    def head(self, event_id: str = "", at_ms: int | None = None) -> Head:
        return head(
            self.delivery,
            event_id or text(self.event.get("id")),
            text(self.conversation.get("id")),
            self.at_ms if at_ms is None else at_ms,
        )

    def actor(self) -> tuple[Actor, str]:
        """Who did it, where it is no message: a teammate, or else a rule, the API, a mailbox elsewhere."""
        source = inner(self.event, "source")
        if word(inner(source, "_meta").get("type")) == "teammate":
            return "agent", text(inner(source, "data").get("id"))
        return "system", ""


def challenge(sent: Sent) -> dict[str, str] | None:
    """What Front wants back when an application's webhook is saved."""
    return {"challenge": asked} if (asked := sent.headers.get("x-front-challenge")) else None


def adapt(delivery: Delivery) -> Adapted:
    """One event; the first message of a conversation gives two."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    event = inner(body, "payload") or body
    # The event inside an application's webhook says its own name; where it is left out, the wrapping's must do.
    written = word(event.get("type")) or word(body.get("type"))
    kind = _APPLICATION.get(written, written)
    if kind in _NO_NEWS:
        return NotForUs(kind)
    if (reading := _KINDS.get(kind)) is None:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.type: no event that is known")
    at_ms = instant(event.get("emitted_at"))
    notice = _Notice(delivery, event, 0 if at_ms is None else at_ms)
    known = (("$.id", event.get("id")), ("$.conversation.id", notice.conversation.get("id")))
    if missing := [path for path, value in known if not text(value)] + (["$.emitted_at"] if at_ms is None else []):
        return delivery.not_understood(f"{missing[0]}: missing or unreadable")
    by, made_ms = channel(text(notice.item.get("type"))), instant(notice.conversation.get("created_at"))
    return with_names(missed(reading(notice), made_ms, by, customer=notice.customer), _names(notice))


def _inbound(notice: _Notice) -> Adapted:
    return _message(notice, "customer", "in")


def _outbound(notice: _Notice) -> Adapted:
    return _message(notice, "agent" if _author(notice) else "system", "out")


def _message(notice: _Notice, actor: Actor, direction: Direction) -> Adapted:
    agent = _author(notice) if actor == "agent" else ""
    replied = Replied(
        actor=actor,
        agent=agent,
        team=notice.inbox if actor == "agent" else "",
        customer=notice.customer if actor == "customer" else "",
        message_id=text(notice.item.get("id")),
    )
    events: list[Event] = [TicketReplied(**notice.head(), data=replied)]
    made_ms = instant(notice.conversation.get("created_at"))
    written_ms = first(instant(notice.item.get("created_at")), notice.at_ms)
    if made_ms is None or written_ms is None or abs(written_ms - made_ms) > _BEGINS_WITHIN_MS:
        return events
    opened = Opened(
        channel=channel(text(notice.item.get("type"))),
        direction=direction,
        actor=actor,
        customer=notice.customer,
        agent=agent or _assignee(notice.conversation.get("assignee")),
        team=notice.inbox,
        tags=_tags(notice.conversation) or (),
        status=word(notice.conversation.get("status")),
    )
    # A message may be emitted before its conversation says it was made; the opening comes first all the same.
    at_ms = min(made_ms, notice.at_ms)
    return [TicketOpened(**notice.head(f"opened:{text(notice.conversation.get('id'))}", at_ms), data=opened), *events]


def _author(notice: _Notice) -> str:
    """Of a message Front sent; nobody for what a rule, a sequence or the API sent."""
    return text(inner(notice.item, "author").get("id"))


def _comment(notice: _Notice) -> Adapted:
    """A comment with a mention comes as both: one reply, by the comment's id."""
    actor, agent = notice.actor()
    comment, author = text(notice.item.get("id")), _author(notice)
    said = Replied(actor="agent" if author else actor, public=False, agent=author or agent, message_id=comment)
    return [TicketReplied(**notice.head(f"comment:{comment}" if comment else ""), data=said)]


def _archived(notice: _Notice) -> Adapted:
    actor, agent = notice.actor()
    return [TicketResolved(**notice.head(), data=Resolved(actor=actor, agent=agent, status="archived"))]


def _reopened(notice: _Notice) -> Adapted:
    actor, agent = notice.actor()
    return [TicketReopened(**notice.head(), data=Reopened(actor=actor, agent=agent, status="open"))]


def _status(notice: _Notice) -> Adapted:
    """A ticket's status; the category is the same in every company, the name is not."""
    category = word(notice.item.get("category")) or word(notice.item.get("status_category"))
    category = category or word(notice.conversation.get("status_category"))
    actor, agent = notice.actor()
    if category == "resolved":
        return [TicketResolved(**notice.head(), data=Resolved(actor=actor, agent=agent, status=category))]
    if category not in {"open", "waiting"}:
        return notice.delivery.not_understood("$.conversation.status_category: expected open, waiting or resolved")
    return [TicketUpdated(**notice.head(), data=Updated(actor=actor, agent=agent, status=category))]


def _assigned(notice: _Notice) -> Adapted:
    actor, agent = notice.actor()
    changed = Updated(actor=actor, agent=agent, assignee=_assignee(notice.conversation.get("assignee")))
    return [TicketUpdated(**notice.head(), data=changed)]


def _tagged(notice: _Notice) -> Adapted:
    actor, agent = notice.actor()
    if (tags := _tags(notice.conversation)) is None:
        return notice.delivery.not_understood("$.conversation.tags: expected all of them")
    return [TicketUpdated(**notice.head(), data=Updated(actor=actor, agent=agent, tags=tags))]


def _moved(notice: _Notice) -> Adapted:
    inbox = text(notice.item.get("id")) if word(inner(inner(notice.event, "target"), "_meta").get("type")) == "inbox" else ""
    inbox = inbox or notice.inbox
    actor, agent = notice.actor()
    if not inbox:
        return NotForUs("moved, and not said where to")
    return [TicketUpdated(**notice.head(), data=Updated(actor=actor, agent=agent, team=inbox))]


def _merged(notice: _Notice) -> Adapted:
    """Every other conversation that the event names went into the one that it is about."""
    into = text(notice.conversation.get("id"))
    named = [notice.target, inner(notice.event, "source").get("data")]
    listed = [one for place in named for one in (place if isinstance(place, list) else [place]) if isinstance(one, dict)]
    gone = list(dict.fromkeys(text(one.get("id")) for one in listed))
    gone = [one for one in gone if one.startswith("cnv_") and one != into]
    if not gone:
        return notice.delivery.not_understood("$.target.data: expected the conversations that were merged")
    events: list[Event] = []
    for one in gone:
        envelope = notice.head(f"{text(notice.event.get('id'))}:{one}")
        envelope["subject"] = one
        events.append(TicketMerged(**envelope, data=Merged(into=into)))
    return events


def _trashed(notice: _Notice) -> Adapted:
    return [TicketRemoved(**notice.head(), data=Removed(reason="trashed"))]


def _abandoned(notice: _Notice) -> Adapted:
    return [TicketAbandoned(**notice.head(), data=Abandoned(reason="hung up"))]


def _names(notice: _Notice) -> Iterator[Event]:
    """Of the teammates and inboxes that the event names."""
    source, target = inner(notice.event, "source"), inner(notice.event, "target")
    places = [source.get("data"), target.get("data"), notice.item.get("author"), notice.conversation.get("assignee")]
    named = [one for place in places for one in (place if isinstance(place, list) else [place]) if isinstance(one, dict)]
    for one in named:
        identity = text(one.get("id"))
        kind: Nameable = "agent" if identity.startswith("tea_") else "team"
        full = text(one.get("name")) or f"{text(one.get('first_name'))} {text(one.get('last_name'))}"
        if identity.startswith(("tea_", "inb_")):
            yield from called(notice.head(), kind, identity, full)


def _assignee(value: object) -> str:
    return text(value.get("id")) if isinstance(value, dict) else ""


def _tags(conversation: Fields) -> tuple[str, ...] | None:
    listed = conversation.get("tags")
    return names([tag.get("name") for tag in listed if isinstance(tag, dict)]) if isinstance(listed, list) else None


_KINDS: dict[str, Callable[[_Notice], Adapted]] = {
    "inbound": _inbound,
    "outbound": _outbound,
    "out_reply": _outbound,
    "comment": _comment,
    "mention": _comment,
    "archive": _archived,
    "reopen": _reopened,
    "ticket_status_update": _status,
    "assign": _assigned,
    "unassign": _assigned,
    "tag": _tagged,
    "untag": _tagged,
    "move": _moved,
    "conversations_merged": _merged,
    "trash": _trashed,
    "call_abandoned": _abandoned,
}
