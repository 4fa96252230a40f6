"""Zendesk: event subscriptions (fixed JSON) and trigger bodies (`template`), to canonical events. Pure.

The id is the body's own `id`, which is signed; the invocation's header is not. An event's place inside one action
(`meta.sequence.position`) says nothing about order, so none is taken from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Merged,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketMerged,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest import times
from ingest.adapters import template
from ingest.adapters.canonical import Head, called, channel, head
from ingest.adapters.opening import missed
from ingest.adapters.reading import Fields, flag, inner, json_object, names, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs

_PREFIX = "zen:event-type:"
_SUBJECT = "zen:ticket:"
_OPEN = frozenset({"new", "open", "pending", "hold"})
_SYSTEM_USER = "-1"
_IRRELEVANT = frozenset(
    {
        "ticket.attachment_linked_to_comment",
        "ticket.attachment_redacted_from_comment",
        "ticket.brand_changed",
        "ticket.comment_made_private",
        "ticket.comment_redacted",
        "ticket.csat_requested",
        "ticket.custom_field_changed",
        "ticket.description_changed",
        "ticket.email_ccs_changed",
        "ticket.external_id_changed",
        "ticket.followers_changed",
        "ticket.form_changed",
        "ticket.next_sla_breach_changed",
        "ticket.ola_policy_changed",
        "ticket.organization_changed",
        "ticket.problem_link_changed",
        "ticket.requester_changed",
        "ticket.schedule_changed",
        "ticket.sla_policy_changed",
        "ticket.subject_changed",
        "ticket.submitter_changed",
        "ticket.task_due_at_changed",
        "ticket.type_changed",
        "ticket.undeleted",
    }
)
_OTHER_DOMAINS = frozenset(
    {
        "agent",
        "article",
        "community_post",
        "messaging_live_metrics",
        "messaging_metrics",
        "omnichannel_config",
        "organization",
        "user",
    }
)


@dataclass(frozen=True, slots=True)
class _Notice:
    """One event as Zendesk tells it; `detail` is the ticket at that moment, `event` what happened."""

    delivery: Delivery
    envelope: Head
    detail: Fields
    event: Fields

    @property
    def team(self) -> str:
        return text(self.detail.get("group_id"))

    @property
    def customer(self) -> str:
        return self.delivery.customers.of_id(text(self.detail.get("requester_id")))

    @property
    def is_messaging(self) -> bool:
        return word(inner(self.detail, "via").get("channel")) in {"native_messaging", "messaging"}

    def actor(self) -> tuple[Actor, str]:
        """Who acted, and the agent's id if it was one. Older payloads do not say; then it was an agent, nobody knows which."""
        actor_id = text(self.detail.get("actor_id"))
        if actor_id == _SYSTEM_USER:
            return "system", ""
        if actor_id and actor_id == text(self.detail.get("requester_id")):
            return "customer", ""
        return "agent", actor_id


def adapt(delivery: Delivery) -> Adapted:
    """One delivery; a ticket that is created solved gives two events, everything else one or none."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    if "deskpulse" in body:
        return template.adapt(delivery, body)
    kind = text(body.get("type"))
    if not kind.startswith(_PREFIX):
        return delivery.not_understood("$.type: expected zen:event-type:..., or a trigger's body with deskpulse 1")
    name = kind.removeprefix(_PREFIX)
    if name in _IRRELEVANT or name.partition(".")[0] in _OTHER_DOMAINS:
        return NotForUs(name)
    detail = inner(body, "detail")
    event_id, ticket = text(body.get("id")), _ticket(body, detail)
    at_ms = times.parse_ms(text(body.get("time")))
    if not event_id or not ticket or at_ms is None:
        fault = "$.id" if not event_id else "$.time" if ticket else "$.detail.id"
        return delivery.not_understood(f"{fault}: missing or unreadable")
    notice = _Notice(delivery, head(delivery, event_id, ticket, at_ms), detail, inner(body, "event"))
    via = word(inner(detail, "via").get("channel"))
    return missed(_events(name, notice), times.parse_ms(text(detail.get("created_at"))), channel(via), customer=notice.customer)


def _ticket(body: Fields, detail: Fields) -> str:
    subject = text(body.get("subject"))
    return text(detail.get("id")) or (subject.removeprefix(_SUBJECT) if subject.startswith(_SUBJECT) else "")


def _events(name: str, notice: _Notice) -> Adapted:
    event, envelope = notice.event, notice.envelope
    actor, agent = notice.actor()
    current = event.get("current")
    match name:
        case "ticket.created":
            return _created(notice)
        case "ticket.comment_added":
            return _commented(notice)
        case "messaging_ticket.message_added":
            return _messaged(notice)
        case "ticket.status_changed":
            return _status_changed(notice)
        case "ticket.custom_status_changed":
            # Its own ids mean nothing elsewhere; the category it belongs to is the ticket's status.
            return _updated(notice, word(notice.detail.get("status")), "$.detail.status")
        case "ticket.agent_assignment_changed":
            data = Updated(actor=actor, agent=agent, assignee=text(current))
            return [TicketUpdated(**envelope, data=data)]
        case "ticket.group_assignment_changed":
            return [TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, team=text(current)))]
        case "ticket.priority_changed":
            return [TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, priority=word(current)))]
        case "ticket.tags_changed":
            tags = names(notice.detail.get("tags", current))
            return [TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, tags=tags))]
        case "ticket.merged":
            into = text(event.get("target_ticket_id"))
            if not into:
                return notice.delivery.not_understood("$.event.target_ticket_id: expected the ticket it was merged into")
            return [TicketMerged(**envelope, data=Merged(into=into))]
        case "ticket.marked_as_spam":
            return [TicketRemoved(**envelope, data=Removed(reason="spam"))]
        case "ticket.soft_deleted":
            return [TicketRemoved(**envelope, data=Removed(reason="trashed"))]
        case "ticket.permanently_deleted":
            return [TicketRemoved(**envelope, data=Removed(reason="deleted"))]
        case "ticket.csat_received":
            return _rated(notice)
        case _:
            return notice.delivery.rejected(Reason.UNKNOWN_TYPE, "$.type: no event type that is known")


def _created(notice: _Notice) -> Adapted:
    detail, envelope = notice.detail, notice.envelope
    submitter, requester = text(detail.get("submitter_id")), text(detail.get("requester_id"))
    via = word(inner(detail, "via").get("channel"))
    # The submitter wrote the first message. An agent who types in what a customer said on the phone, forwards a mail or posts by
    # API submits too, so only a ticket begun in the agents' own interface goes out.
    outbound = bool(submitter) and submitter != requester and channel(via) == "web"
    status = word(detail.get("status"))
    opened = TicketOpened(
        **envelope,
        data=Opened(
            channel=channel(via),
            direction="out" if outbound else "in",
            actor="agent" if outbound else "customer",
            customer=notice.customer,
            agent=submitter if outbound else text(detail.get("assignee_id")),
            team=notice.team,
            priority=word(detail.get("priority")),
            tags=names(detail.get("tags")),
            brand=text(detail.get("brand_id")),
            status=status,
        ),
    )
    if status not in {"solved", "closed"}:
        return [opened]
    # Born solved: no status change will follow.
    actor, agent = notice.actor()
    envelope = {**envelope, "id": f"{envelope['id']}.resolved"}
    return [opened, TicketResolved(**envelope, data=Resolved(actor=actor, agent=agent, team=notice.team, status=status))]


def _commented(notice: _Notice) -> Adapted:
    comment = inner(notice.event, "comment")
    author = inner(comment, "author")
    author_id = text(author.get("id"))
    public = flag(comment.get("is_public"))
    if public is None:
        return notice.delivery.not_understood("$.event.comment.is_public: expected true or false")
    requester = text(notice.detail.get("requester_id"))
    is_staff = flag(author.get("is_staff"))
    if is_staff is None and author_id and author_id != requester:
        return notice.delivery.not_understood("$.event.comment.author.is_staff: expected true or false")
    actor: Actor = "system" if author_id in {"", _SYSTEM_USER} else "agent" if is_staff else "customer"
    if actor == "customer" and not public and notice.is_messaging:
        return NotForUs("private transcript of a messaging conversation")
    replied = Replied(
        actor=actor,
        public=public,
        agent=author_id if actor == "agent" else "",
        team=notice.team if actor == "agent" else "",
        # The requester is the customer, also where somebody in copy wrote.
        customer=notice.delivery.customers.of_id(requester or author_id) if actor == "customer" else "",
        message_id=text(comment.get("id")),
    )
    known = called(notice.envelope, "agent", replied.agent, text(author.get("name")))
    return [TicketReplied(**notice.envelope, data=replied), *known]


_MESSENGERS: dict[str, Actor] = {"end_user": "customer", "agent": "agent", "system": "bot"}


def _messaged(notice: _Notice) -> Adapted:
    who = inner(notice.event, "actor")
    actor = _MESSENGERS.get(word(who.get("type")))
    if actor is None:
        return notice.delivery.not_understood(f"$.event.actor.type: expected one of {', '.join(_MESSENGERS)}")
    replied = Replied(
        actor=actor,
        # An end user's id here is not the ticket's requester: it would be a second person.
        agent=text(who.get("id")) if actor == "agent" else "",
        team=notice.team if actor == "agent" else "",
        message_id=text(inner(notice.event, "message").get("id")),
    )
    return [TicketReplied(**notice.envelope, data=replied)]


def _status_changed(notice: _Notice) -> Adapted:
    current, previous = word(notice.event.get("current")), word(notice.event.get("previous"))
    actor, agent = notice.actor()
    if current == "solved":
        return [TicketResolved(**notice.envelope, data=Resolved(actor=actor, agent=agent, team=notice.team, status=current))]
    if previous == "solved" and current in _OPEN:
        return [TicketReopened(**notice.envelope, data=Reopened(actor=actor, agent=agent, team=notice.team, status=current))]
    return _updated(notice, current, "$.event.current")


def _updated(notice: _Notice, status: str, path: str) -> Adapted:
    if status in {"deleted", "archived", "scrubbed"}:
        # Deletion has an event of its own, and what Zendesk archives later changes nothing.
        return NotForUs(f"status {status}")
    if status not in _OPEN | {"solved", "closed"}:
        return notice.delivery.not_understood(f"{path}: expected a status that Zendesk has")
    actor, agent = notice.actor()
    return [TicketUpdated(**notice.envelope, data=Updated(actor=actor, agent=agent, status=status))]


def _rated(notice: _Notice) -> Adapted:
    """Zendesk does not document this event's fields: good and bad are read where integrators have seen them."""
    scored = notice.event.get("satisfaction_score", notice.event.get("rating", notice.event.get("current")))
    written = word(scored.get("score") if isinstance(scored, dict) else scored)
    if written in {"offered", "unoffered"}:
        return NotForUs("a survey was offered")
    rated = rating(written.removesuffix("_with_comment"), "good_bad")
    if rated is None:
        return notice.delivery.not_understood(
            "$.event.satisfaction_score.score: expected good or bad; a trigger can send other scales"
        )
    return [TicketSurveyed(**notice.envelope, data=Surveyed(*rated, customer=notice.customer))]
