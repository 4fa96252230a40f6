"""Intercom: notifications about conversations and tickets, to canonical events. Pure.

One part (a message, a note, a change) may come under two topics, so a reply's id is made of the part's; all else has the
notification's own id, which stays the same from one attempt to the next.
"""

from __future__ import annotations

from collections.abc import Callable

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Direction,
    Event,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, with_names
from ingest.adapters.instants import instant
from ingest.adapters.intercom_notice import Notice, category, is_ai, last_part, priority_of, status_of, tags_of
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import flag, inner, json_object, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs

_OTHER = ("ping", "admin.", "call.", "company.", "contact.", "content_stat.", "event.", "user.", "visitor.", "conversation.read",
          "conversation.contact.", "conversation_part.redacted", "ticket.attribute.updated", "ticket.contact.attached",
          "ticket.contact.detached", "job.", "subscription.")  # fmt: skip


def adapt(delivery: Delivery) -> Adapted:
    """One notification; a customer's reply that reopens gives two events."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    topic, event_id, at_ms = word(body.get("topic")), text(body.get("id")), instant(body.get("created_at"))
    if topic.startswith(_OTHER):
        return NotForUs(topic)
    kind = _TOPICS.get(topic)
    if kind is None:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.topic: no topic that is known")
    if not event_id or at_ms is None:
        return delivery.not_understood(f"{'$.created_at' if event_id else '$.id'}: missing or unreadable")
    item = inner(inner(body, "data"), "item")
    about = inner(item, "ticket") or item
    notice = Notice(delivery, event_id, at_ms, about, inner(item, "ticket_part") or last_part(about))
    if not notice.subject:
        return delivery.not_understood("$.data.item.id: missing or unreadable")
    direction: Direction = "out" if notice.is_outbound else "in"
    opened_ms, has_channels = instant(notice.item.get("created_at")), word(notice.item.get("type")) != "ticket"
    customer, by = notice.customer, notice.channel
    adapted = missed(kind(notice), opened_ms, by, customer=customer, direction=direction, has_channels=has_channels)
    return with_names(adapted, notice.names())


def _opened(notice: Notice) -> Adapted:
    return _opening(notice, outbound=notice.is_outbound)


def _begun_by_admin(notice: Notice) -> Adapted:
    return _opening(notice, outbound=True)


def _opening(notice: Notice, *, outbound: bool) -> Adapted:
    author = inner(notice.source, "author")
    sender = text(author.get("id")) if outbound and word(author.get("type")) == "admin" else ""
    opened = Opened(
        channel=notice.channel,
        direction="out" if outbound else "in",
        actor="customer" if not outbound else "agent" if sender or not author else "system",
        customer=notice.customer,
        agent=sender or notice.assignee,
        team=notice.team,
        priority=priority_of(notice) or "",
        tags=tags_of(notice.item) or (),
        status=status_of(notice.item),
    )
    return [TicketOpened(**notice.head(instant(notice.item.get("created_at"))), data=opened)]


def _customer_replied(notice: Notice) -> Adapted:
    replied = _reply(notice, "customer", public=True)
    if isinstance(replied, Rejected):
        return replied
    # A reply to what was closed opens it again, and no topic says so.
    state, reopens = word(notice.item.get("state")), text(inner(notice.item, "statistics").get("count_reopens"))
    if state != "open" or reopens == "0":
        return replied
    envelope = notice.head(notice.part_at_ms, f"{notice.id}.state")
    return [*replied, TicketUpdated(**envelope, data=Updated(actor="customer", status=state))]


def _admin_replied(notice: Notice) -> Adapted:
    actor, _agent = notice.author()
    return _reply(notice, actor if actor != "customer" else "agent", public=True)


def _operator_replied(notice: Notice) -> Adapted:
    if not is_ai(notice.part) and word(notice.part.get("part_type")) != "comment":
        return NotForUs("a notice of the messenger, no message")
    return _reply(notice, "bot", public=True)


def _noted(notice: Notice) -> Adapted:
    actor, _agent = notice.author()
    return _reply(notice, actor, public=False)


def _reply(notice: Notice, actor: Actor, *, public: bool) -> list[Event] | Rejected:
    part_id = text(notice.part.get("id"))
    if not part_id:
        return notice.delivery.not_understood("$.data.item: expected the part that was added, with its id")
    at_ms = notice.part_at_ms
    envelope = notice.head(at_ms, f"replied:{notice.subject}:{part_id}")
    replied = Replied(
        actor=actor,
        public=public,
        agent=text(inner(notice.part, "author").get("id")) if actor == "agent" else "",
        team=notice.team if actor == "agent" else "",
        customer=notice.customer if actor == "customer" else "",
        message_id=part_id,
    )
    return [*_unanswered(notice, envelope, at_ms), TicketReplied(**envelope, data=replied)]


def _unanswered(notice: Notice, envelope: Head, at_ms: int) -> list[Event]:
    """The opening, where the statistics prove that no agent answered before, and no AI took part."""
    statistics = inner(notice.item, "statistics")
    answered_ms = instant(statistics.get("first_admin_reply_at"))
    earlier = answered_ms is not None and answered_ms < at_ms
    if (
        "first_admin_reply_at" not in statistics
        or earlier
        or notice.is_outbound
        or flag(notice.item.get("ai_agent_participated"))
    ):
        return []
    return recalled(envelope, instant(notice.item.get("created_at")), notice.channel, customer=notice.customer)


def _closed(notice: Notice) -> Adapted:
    actor, agent = notice.author()
    closed = Resolved(actor=actor, agent=agent, team=notice.team, status=status_of(notice.item) or "closed")
    return [TicketResolved(**notice.head(notice.part_at_ms), data=closed)]


def _reopened(notice: Notice) -> Adapted:
    actor, agent = notice.author()
    opened = Reopened(actor=actor, agent=agent, team=notice.team, status=status_of(notice.item) or "open")
    return [TicketReopened(**notice.head(notice.part_at_ms), data=opened)]


def _state_updated(notice: Notice) -> Adapted:
    state, before = category(notice.item.get("ticket_state")), category(notice.item.get("previous_ticket_state"))
    if not state:
        return notice.delivery.not_understood("$.data.item.ticket_state.category: missing or unreadable")
    if state == before:
        return NotForUs("the same state as before")
    if state == "resolved":
        return _closed(notice)
    if before == "resolved":
        return _reopened(notice)
    actor, agent = notice.author()
    return [TicketUpdated(**notice.head(), data=Updated(actor=actor, agent=agent, status=state))]


def _assigned(notice: Notice) -> Adapted:
    actor, agent = notice.author()
    item = notice.item
    told = {"admin_assignee_id", "assignee"} & item.keys()
    changed = Updated(
        actor=actor,
        agent=agent,
        assignee=notice.assignee if told else None,
        team=notice.team if "team_assignee_id" in item else None,
    )
    return [TicketUpdated(**notice.head(), data=changed)]


def _changed(notice: Notice) -> Adapted:
    """Tags, priority, snoozing: the new values, of which those that did not change do no harm."""
    actor, agent = notice.author()
    status = word(notice.item.get("state"))
    changed = Updated(
        actor=actor,
        agent=agent,
        # Closing and opening have topics of their own.
        status=status if status in {"open", "snoozed"} else None,
        priority=priority_of(notice),
        tags=tags_of(notice.item),
    )
    return [TicketUpdated(**notice.head(), data=changed)]


def _rated(notice: Notice) -> Adapted:
    """At the notification's time: the rating's own is when it was asked for."""
    rated_by = next(
        (found for name in ("conversation_rating", "ticket_rating", "rating") if (found := inner(notice.item, name))), {}
    )
    written = text(rated_by.get("rating"))
    if not written:
        return NotForUs("a survey was offered")
    rated = rating(written, "1-5")
    if rated is None:
        return notice.delivery.not_understood("$.data.item.conversation_rating.rating: expected 1 to 5")
    return [TicketSurveyed(**notice.head(), data=Surveyed(*rated, customer=notice.customer))]


def _removed(notice: Notice) -> Adapted:
    return [TicketRemoved(**notice.head(), data=Removed(reason="deleted"))]


_Reading = Callable[[Notice], Adapted]
_TOPICS: dict[str, _Reading] = {
    "conversation.user.created": _opened,
    "conversation.admin.single.created": _begun_by_admin,
    "ticket.created": _opened,
    "conversation.user.replied": _customer_replied,
    "ticket.contact.replied": _customer_replied,
    "conversation.admin.replied": _admin_replied,
    "ticket.admin.replied": _admin_replied,
    "conversation.operator.replied": _operator_replied,
    "conversation.admin.noted": _noted,
    "ticket.note.created": _noted,
    "conversation.admin.closed": _closed,
    "ticket.closed": _closed,
    "ticket.resolved": _closed,
    "conversation.admin.opened": _reopened,
    "ticket.state.updated": _state_updated,
    "conversation.admin.assigned": _assigned,
    "conversation.admin.open.assigned": _assigned,
    "ticket.admin.assigned": _assigned,
    "ticket.team.assigned": _assigned,
    "conversation.admin.snoozed": _changed,
    "conversation.admin.unsnoozed": _changed,
    "conversation_part.tag.created": _changed,
    "conversation.priority.updated": _changed,
    "conversation.rating.added": _rated,
    "ticket.rating.provided": _rated,
    "conversation.deleted": _removed,
}
