"""FreeScout (API & Webhooks module): the conversation as `mailbox` reads it, to canonical events. Pure."""

from __future__ import annotations

from collections.abc import Callable

from events.rejected import Reason, Rejected
from ingest.adapters import mailbox
from ingest.adapters.canonical import with_names
from ingest.adapters.mailbox import Conversation
from ingest.adapters.reading import json_object, word
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

_HEADER = "X-FreeScout-Event"
_IRRELEVANT = frozenset({"convo.moved", "convo.restored", "customer.created", "customer.updated"})


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    kind = word(delivery.headers.get(_HEADER.lower()))
    if kind in _IRRELEVANT:
        return NotForUs(kind)
    reading = _KINDS.get(kind)
    if reading is None:
        return delivery.rejected(Reason.UNKNOWN_TYPE, f"{_HEADER}: no event that is known")
    conversation = Conversation(delivery, body, _HEADER)
    if not conversation.id:
        return delivery.not_understood("$.id: missing or unreadable")
    return with_names(conversation.known(reading(conversation)), conversation.names())


_KINDS: dict[str, Callable[[Conversation], Adapted]] = {
    "convo.created": mailbox.created,
    "convo.customer.reply.created": lambda conversation: mailbox.replied(conversation, "customer", public=True),
    "convo.agent.reply.created": lambda conversation: mailbox.replied(conversation, "agent", public=True),
    "convo.note.created": lambda conversation: mailbox.replied(conversation, "agent", public=False),
    "convo.status": mailbox.status_changed,
    "convo.assigned": mailbox.assigned,
    "convo.deleted": mailbox.trashed,
    "convo.deleted_forever": mailbox.deleted,
}
