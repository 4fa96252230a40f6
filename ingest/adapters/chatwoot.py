"""Chatwoot: account webhooks and those of an API inbox, to canonical events. Pure.

A conversation's id counts within one account, which only the URL names. Conversations carry no id of an event, so ids are made of
what changed and when; a message's own id makes the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Direction,
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
from ingest.adapters.canonical import Head, called, channel, head, with_names
from ingest.adapters.instants import epoch_s, first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, json_object, names, objects, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

_EVENTS = "Conversation Created, Conversation Status Changed, Conversation Updated, Message created, Message updated"
SETUP = Setup(
    made_by="vendor",
    steps=(
        "Chatwoot > Settings > Integrations > Webhooks > Configure > Add new webhook.",
        f"Webhook URL: {{url}}   Subscribe to: {_EVENTS}. Create it.",
        "Copy the secret that the list shows beside the webhook (Chatwoot 4.11.2 or newer). It is this source's secret.",
    ),
)
SETUP_UNSIGNED = Setup(
    made_by="us",
    steps=(
        "Only for a Chatwoot before 4.11.2, which signs nothing: Settings > Integrations > Webhooks > Add new webhook.",
        f"Webhook URL: {{url}}/{{secret}}   Subscribe to: {_EVENTS}. Whoever knows this address can send: keep it out of chats and tickets.",
    ),
)

_IRRELEVANT = (
    "contact_", "inbox_", "webwidget_", "conversation_typing_", "conversation_contact_changed", "conversation_deleted",
    "message_deleted",
)  # fmt: skip
_STATUSES = frozenset({"open", "pending", "snoozed", "resolved"})
_KINDS = ("incoming", "outgoing", "activity", "template")
"""In the order of their numbers: inside a conversation a message's kind is a number, outside it is a word."""
_BOTS = frozenset({"agent_bot", "captain_assistant", "captain::assistant"})
_BEGINS_WITHIN_MS = 10_000
"""A customer's message this soon after its conversation was made began it."""
_CHANNELS = {
    "channel::webwidget": "chat",
    "channel::facebookpage": "facebook",
    "channel::twitterprofile": "twitter",
    "channel::twiliosms": "sms",
}


@dataclass(frozen=True, slots=True)
class _Conversation:
    delivery: Delivery
    fields: Fields

    @property
    def id(self) -> str:
        return text(self.fields.get("id"))

    @property
    def changed_at_ms(self) -> int | None:
        return first(*(instant(self.fields.get(name)) for name in ("updated_at", "timestamp", "last_activity_at")))

    @property
    def customer(self) -> str:
        return _customer(self.delivery, inner(inner(self.fields, "meta"), "sender"))

    @property
    def channel(self) -> str:
        written = word(self.fields.get("channel"))
        return _CHANNELS.get(written) or channel(written.removeprefix("channel::"))

    @property
    def team(self) -> str:
        return text(inner(inner(self.fields, "meta"), "team").get("id"))

    @property
    def assignee(self) -> str:
        held = inner(inner(self.fields, "meta"), "assignee")  # a bot's ids are of another kind than agents'
        return "" if word(held.get("type")) in _BOTS else text(held.get("id"))

    def head(self, event_id: str, at_ms: int) -> Head:
        return head(self.delivery, event_id, self.id, at_ms)

    def names(self, message: Fields) -> Iterator[Event]:
        """Of agents who write or hold it, and of its team: never a contact's, and none of a bot."""
        meta, at_ms = inner(self.fields, "meta"), first(self.changed_at_ms, instant(message.get("created_at")))
        if at_ms is None:
            return
        senders = [inner(one, "sender") for one in (message, *objects(self.fields.get("messages")))]
        # Without a kind a sender may be a contact, an assignee is an agent.
        agents = [one for one in (*senders, {"type": "user", **inner(meta, "assignee")}) if word(one.get("type")) == "user"]
        envelope, team = self.head(f"names:{self.id}:{at_ms}", at_ms), inner(meta, "team")
        for one in agents:
            yield from called(envelope, "agent", text(one.get("id")), text(one.get("name")))
        yield from called(envelope, "team", text(team.get("id")), text(team.get("name")))


def adapt(delivery: Delivery) -> Adapted:
    """One delivery: most give one event, a conversation that changed in several ways one with all of them."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind = word(body.get("event"))
    if kind.startswith(_IRRELEVANT):
        return NotForUs(kind)
    about_message = kind in {"message_created", "message_updated"}
    conversation = _Conversation(delivery, inner(body, "conversation") if about_message else body)
    if kind not in {"message_created", "message_updated", *_OF_CONVERSATIONS}:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.event: no event that is known")
    if not conversation.id:
        return _fault(delivery, "$.conversation.id" if about_message else "$.id", "missing or unreadable")
    if about_message and not text(body.get("id")):
        return _fault(delivery, "$.id", "missing or unreadable")
    if kind == "message_created":
        adapted = _message(conversation, body)
    else:
        adapted = _message_updated(conversation, body) if about_message else _OF_CONVERSATIONS[kind](conversation)
    began_ms = epoch_s(conversation.fields.get("created_at"))
    adapted = missed(adapted, began_ms, conversation.channel, customer=conversation.customer)
    return with_names(adapted, conversation.names(body if about_message else {}))


def _created(conversation: _Conversation) -> Adapted:
    fields = conversation.fields
    at_ms = epoch_s(fields.get("created_at"))
    if at_ms is None:
        return _fault(conversation.delivery, "$.created_at", "missing or unreadable")
    messages = fields.get("messages")
    begun_by = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    outbound = _kind(begun_by.get("message_type")) == "outgoing"
    direction: Direction = "out" if outbound else "in"
    sender = inner(begun_by, "sender")
    by_agent = outbound and _actor("outgoing", sender, begun_by) == "agent"
    status = word(fields.get("status"))
    opened = Opened(
        channel=conversation.channel,
        direction=direction,
        actor="customer" if not outbound else "agent" if by_agent else "system",
        customer=conversation.customer,
        agent=text(sender.get("id")) if by_agent else conversation.assignee,
        team=conversation.team,
        priority=word(fields.get("priority")),
        tags=names(fields.get("labels")),
        status=status,
    )
    events: list[Event] = [TicketOpened(**conversation.head(f"opened:{conversation.id}", at_ms), data=opened)]
    if status == "resolved":
        born = conversation.head(f"opened:{conversation.id}:resolved", at_ms)
        events.append(TicketResolved(**born, data=Resolved(actor="system", team=conversation.team, status=status)))
    return events


def _status_changed(conversation: _Conversation) -> Adapted:
    status = word(conversation.fields.get("status"))
    at_ms = conversation.changed_at_ms
    if status not in _STATUSES or at_ms is None:
        path = "$.updated_at: missing or unreadable" if status in _STATUSES else "$.status: expected a status that Chatwoot has"
        return conversation.delivery.not_understood(path)
    before = word(_changes(conversation.fields).get("status", {}).get("previous_value"))
    event_id = f"status:{conversation.id}:{status}:{at_ms}"
    envelope = conversation.head(event_id, at_ms)
    # Who did it is not told. Who holds the conversation is credited with its end; without anybody it was a rule.
    agent, team = conversation.assignee, conversation.team
    actor: Actor = "agent" if agent else "system"
    if status == "resolved":
        return [TicketResolved(**envelope, data=Resolved(actor=actor, agent=agent, team=team, status=status))]
    if before == "resolved" and status == "open":
        return [TicketReopened(**envelope, data=Reopened(team=team, status=status))]
    return [TicketUpdated(**envelope, data=Updated(actor="system", status=status))]


def _updated(conversation: _Conversation) -> Adapted:
    changes = _changes(conversation.fields)
    at_ms = conversation.changed_at_ms
    if at_ms is None:
        return _fault(conversation.delivery, "$.updated_at", "missing or unreadable")
    fields = conversation.fields
    changed = Updated(
        actor="system",
        assignee=conversation.assignee if "assignee_id" in changes else None,
        team=conversation.team if "team_id" in changes else None,
        priority=word(fields.get("priority")) if "priority" in changes else None,
        tags=names(fields.get("labels")) if {"label_list", "cached_label_list", "labels"} & changes.keys() else None,
    )
    if changed == Updated(actor="system"):
        return NotForUs("a change of no assignee, team, priority or label")
    return [TicketUpdated(**conversation.head(f"updated:{conversation.id}:{at_ms}", at_ms), data=changed)]


_OF_CONVERSATIONS = {
    "conversation_created": _created,
    "conversation_status_changed": _status_changed,
    "conversation_updated": _updated,
}


def _message(conversation: _Conversation, body: Fields) -> Adapted:
    kind, content = _kind(body.get("message_type")), word(body.get("content_type"))
    if kind == "activity":
        return NotForUs("a notice of what happened, no message")
    if content == "input_csat":
        return NotForUs("a survey was offered")
    private, at_ms = flag(body.get("private", False)), instant(body.get("created_at"))
    if not kind or private is None or at_ms is None:
        path = "$.message_type" if not kind else "$.created_at" if private is not None else "$.private"
        return _fault(conversation.delivery, path, "missing or unreadable")
    sender = inner(body, "sender")
    actor = _actor(kind, sender, body)
    customer = ""
    if actor == "customer":
        customer = conversation.customer or _customer(conversation.delivery, sender or inner(body, "contact"))
    message_id = text(body.get("id"))
    envelope = conversation.head(f"replied:{conversation.id}:{message_id}", at_ms)
    replied = Replied(
        actor=actor,
        public=not private,
        agent=text(sender.get("id")) if actor == "agent" else "",
        team=conversation.team if actor == "agent" else "",
        customer=customer,
        message_id=message_id,
    )
    began_ms = epoch_s(conversation.fields.get("created_at"))
    begins = actor == "customer" and not private and began_ms is not None and at_ms - began_ms <= _BEGINS_WITHIN_MS
    opening = recalled(envelope, began_ms, conversation.channel, customer=customer) if begins else []
    return [*opening, TicketReplied(**envelope, data=replied)]


def _message_updated(conversation: _Conversation, body: Fields) -> Adapted:
    answer = inner(inner(inner(body, "content_attributes"), "submitted_values"), "csat_survey_response")
    if word(body.get("content_type")) != "input_csat" or answer.get("rating") is None:
        return NotForUs("a message was changed")
    rated = rating(text(answer.get("rating")), "1-5")
    if rated is None:
        path = "$.content_attributes.submitted_values.csat_survey_response.rating"
        return _fault(conversation.delivery, path, "expected 1 to 5")
    # `created_at` is when the survey was offered; answering touches the message and its conversation.
    at_ms = first(instant(body.get("updated_at")), instant(conversation.fields.get("updated_at")))
    event_id = f"surveyed:{conversation.id}:{text(body.get('id'))}:{rated.value if at_ms is None else at_ms}"
    envelope = conversation.head(event_id, conversation.delivery.received_at_ms if at_ms is None else at_ms)
    return [TicketSurveyed(**envelope, data=Surveyed(*rated, customer=conversation.customer))]


def _kind(written: object) -> str:
    named = word(written)
    if named.isascii() and named.isdigit() and len(named) == 1:
        return _KINDS[int(named)] if int(named) < len(_KINDS) else ""
    return named if named in _KINDS else ""


def _actor(kind: str, sender: Fields, message: Fields) -> Actor:
    if kind == "incoming":
        return "customer"
    automatic = inner(message, "content_attributes").get("automation_rule_id") is not None
    if kind == "template" or automatic or inner(message, "additional_attributes").get("campaign_id") is not None:
        return "system"
    by = word(sender.get("type"))
    return "agent" if by == "user" else "bot" if by in _BOTS else "system"


def _changes(fields: Fields) -> dict[str, Fields]:
    """By attribute; they come as a list of objects with one key each, and as an object from older versions."""
    changed = fields.get("changed_attributes")
    listed = changed if isinstance(changed, list) else [changed]
    return {
        name: value if isinstance(value, dict) else {} for one in listed if isinstance(one, dict) for name, value in one.items()
    }


def _customer(delivery: Delivery, contact: Fields) -> str:
    return delivery.customers.of_person(text(contact.get("email")), text(contact.get("id")))


def _fault(delivery: Delivery, path: str, error: str) -> Rejected:
    return delivery.not_understood(f"{path}: {error}")
