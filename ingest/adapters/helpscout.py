"""Help Scout: the conversation as `mailbox` reads it, and ratings, to canonical events. Pure.

A rating belongs to a thread, so a conversation may have several; a later one of the same thread takes the place of the earlier.
"""

from __future__ import annotations

from collections.abc import Callable

from events.rejected import Reason, Rejected
from events.wire import Merged, Surveyed, TicketMerged, TicketSurveyed, TicketUpdated, Updated
from ingest.adapters import mailbox
from ingest.adapters.canonical import head, with_names
from ingest.adapters.instants import first, instant
from ingest.adapters.mailbox import Conversation
from ingest.adapters.reading import Fields, inner, json_object, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="us",
    steps=(
        "Help Scout > Manage > Apps > Webhooks > Install app (an administrator can; once for the whole company).",
        "Secret key: {secret}   Help Scout signs with it. It takes 40 characters at most.",
        "Callback URL: {url}",
        (
            "Payload version: V2 or newer. Events: all of Conversations and Beacon chat but 'custom fields updated' and 'moved', and "
            "Satisfaction ratings. Save; 'Test' is answered with `ignored`."
        ),
    ),
)

_HEADER = "X-HelpScout-Event"
_OTHER = ("helpscout.test", "customer.", "organization.", "tag.", "convo.moved", "convo.custom-fields", "message.survey.")
_RATINGS = frozenset({"great", "okay", "bad", "not_good"})


def adapt(delivery: Delivery) -> Adapted:
    """One delivery; a conversation may give its opening besides what happened."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind = word(delivery.headers.get(_HEADER.lower()))
    if kind.startswith(_OTHER):
        return NotForUs(kind)
    if kind == "satisfaction.ratings":
        return _rated(delivery, body)
    reading = _KINDS.get(kind)
    if reading is None:
        return delivery.rejected(Reason.UNKNOWN_TYPE, f"{_HEADER}: no event that is known")
    conversation = Conversation(delivery, body, _HEADER)
    if not conversation.id:
        return delivery.not_understood("$.id: missing or unreadable")
    return with_names(conversation.known(reading(conversation)), conversation.names())


def _rated(delivery: Delivery, body: Fields) -> Adapted:
    ticket = text(body.get("ticketId", body.get("conversationId")))
    written, at_ms = word(body.get("rating")), first(instant(body.get("modifiedAt")), instant(body.get("createdAt")))
    if written == "unknown":
        return NotForUs("a survey was offered")
    rated = rating(written, "great_okay_bad") if written in _RATINGS else None
    rating_id = text(body.get("id"))
    if not ticket or not rating_id or rated is None:
        path = "$.ticketId" if not ticket else "$.id" if not rating_id else "$.rating"
        return delivery.not_understood(f"{path}: expected a rating of a conversation, Great, Okay or Bad")
    event_id = f"rated:{ticket}:{rating_id}:{written if at_ms is None else at_ms}"
    envelope = head(delivery, event_id, ticket, delivery.received_at_ms if at_ms is None else at_ms)
    customer = inner(body, "customer")
    token = delivery.customers.of_person(text(customer.get("email")), text(customer.get("id")))
    return [TicketSurveyed(**envelope, data=Surveyed(*rated, survey=text(body.get("threadId")), customer=token))]


def _merged(conversation: Conversation) -> Adapted:
    """The body is the conversation that remains; the one that is gone stands in the line item that tells of it."""
    gone = [
        text(inner(inner(thread, "action"), "associatedEntities").get("originalConversation"))
        for thread in conversation.threads
        if word(inner(thread, "action").get("type")) == "merged"
    ]
    if not gone or not gone[-1]:
        path = "$._embedded.threads[].action.associatedEntities.originalConversation"
        return conversation.delivery.not_understood(f"{path}: expected the conversation that was merged")
    envelope = conversation.head("merged", conversation.changed_at_ms, gone[-1])
    envelope["subject"] = gone[-1]
    return [TicketMerged(**envelope, data=Merged(into=conversation.id))]


def _tagged(conversation: Conversation) -> Adapted:
    changed = Updated(actor="system", tags=mailbox.tags(conversation.fields.get("tags")))
    return [TicketUpdated(**conversation.head("tags", conversation.changed_at_ms), data=changed)]


_KINDS: dict[str, Callable[[Conversation], Adapted]] = {
    "convo.created": mailbox.created,
    "convo.ai-answers.created": mailbox.created,
    "beacon.chat.created": mailbox.created,
    "convo.customer.reply.created": lambda conversation: mailbox.replied(conversation, "customer", public=True),
    "beacon.chat.customer.replied": lambda conversation: mailbox.replied(conversation, "customer", public=True),
    "convo.agent.reply.created": lambda conversation: mailbox.replied(conversation, "agent", public=True),
    "convo.note.created": lambda conversation: mailbox.replied(conversation, "agent", public=False),
    "convo.status": mailbox.status_changed,
    "convo.assigned": mailbox.assigned,
    "convo.tags": _tagged,
    "convo.merged": _merged,
    "convo.deleted": mailbox.deleted,
}
