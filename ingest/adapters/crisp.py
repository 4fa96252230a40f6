"""Crisp: plugin and website hooks, which carry the same bodies, to canonical events. Pure.

Names are told from the visitor's side: `message:send` is the customer, `message:received` the agent. A visitor's first message
may be all that tells of a conversation, so each of them also says that it is open, under one id: of several contents for one
id the earliest stays, whichever arrives first.
"""

from __future__ import annotations

from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Opened,
    Removed,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketRemoved,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest.adapters.canonical import Head, called, channel, head
from ingest.adapters.instants import epoch_ms, first
from ingest.adapters.reading import Fields, flag, inner, json_object, names, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

_SUBSCRIBED = (
    "session:request:initiated, session:set_state, session:set_routing, session:set_segments, session:set_inbox, session:removed, "
    "session:sync:rating, message:send, message:received"
)
SETUP = Setup(
    made_by="vendor",
    steps=(
        "Crisp Marketplace > your plugin (private is enough) > Hooks (plugin hooks are signed and sent again; website hooks are neither).",
        f"Production hook URL: {{url}}   Events: {_SUBSCRIBED}.",
        "Copy the hook's signing secret. It is this source's secret. Install the plugin on the website.",
    ),
)
SETUP_WEBSITE = Setup(
    made_by="us",
    steps=(
        "Crisp > Settings > Workspace settings > Advanced configuration > Web Hooks > Add a Web Hook.",
        (
            f"URL: {{url}}?key={{secret}}   Events: {_SUBSCRIBED}. Whoever knows this address can send: keep it out of chats. What does not "
            "arrive is not sent again; a plugin's hooks are."
        ),
    ),
)

_IRRELEVANT = (
    # Edits of messages, and what a chat box shows while one is written or read.
    "message:updated",
    "message:removed",
    "message:acknowledge:",
    "message:compose:",
    "message:notify:",
    # `set_opened` and `set_closed` tell who has a conversation before his eyes: neither is a status.
    "session:set_",
    "session:update_",
    "session:sync:",
    "session:error",
    "people:",
    "campaign:",
    "browsing:",
    "call:",
    "identity:",
    "widget:",
    "plugin:",
    "website:",
    "bucket:",
    "media:",
    "status:",
    "spam:",
    "email:",
)
_EVENTS = frozenset({"event", "note"})
_STATES = frozenset({"pending", "unresolved", "resolved"})


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    data: Fields
    session: str
    at_ms: int

    def head(self, what: str, key: str) -> Head:
        return head(self.delivery, f"{what}:{self.session}:{key}" if key else f"{what}:{self.session}", self.session, self.at_ms)

    def head_at(self, what: str) -> Head:
        return self.head(what, str(self.at_ms))

    @property
    def user(self) -> Fields:
        return inner(self.data, "user")

    @property
    def origin(self) -> str:
        """`chat`, `email`, or an address as `urn:crisp.im:whatsapp:0`."""
        written = word(self.data.get("origin"))
        parts = written.split(":")
        return parts[2] if parts[0] == "urn" and len(parts) > 2 else written


def adapt(delivery: Delivery) -> Adapted:
    """One delivery: a customer's message gives two events, most give one."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    data, kind = inner(body, "data"), word(body.get("event"))
    if kind not in _KINDS:
        if kind.startswith(_IRRELEVANT):
            return NotForUs(kind)
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.event: no event that is known")
    session = text(data.get("session_id"))
    at_ms = first(epoch_ms(data.get("timestamp")), epoch_ms(body.get("timestamp")))
    if not session or at_ms is None:
        path = "$.timestamp" if session else "$.data.session_id"
        return delivery.not_understood(f"{path}: missing or unreadable")
    return _KINDS[kind](_Notice(delivery, data, session, at_ms))


def _initiated(notice: _Notice) -> Adapted:
    return [_opened(notice)]


def _opened(notice: _Notice) -> TicketOpened:
    return TicketOpened(
        **notice.head("opened", ""), data=Opened(channel=channel(notice.origin or "chat"), customer=_customer(notice))
    )


def _sent(notice: _Notice) -> Adapted:
    if word(notice.data.get("type")) in _EVENTS:
        return NotForUs("a notice of what happened, no message")
    message = text(notice.data.get("fingerprint"))
    if not message:
        return notice.delivery.not_understood("$.data.fingerprint: missing or unreadable")
    replied = Replied(actor="customer", customer=_customer(notice), message_id=message)
    return [_opened(notice), TicketReplied(**notice.head("replied", message), data=replied)]


def _received(notice: _Notice) -> Adapted:
    kind, message = word(notice.data.get("type")), text(notice.data.get("fingerprint"))
    if kind == "event":
        return NotForUs("a notice of what happened, no message")
    if not message:
        return notice.delivery.not_understood("$.data.fingerprint: missing or unreadable")
    actor: Actor = "agent"
    written = word(notice.user.get("type"))
    if written == "bot" or notice.origin == "bot":
        actor = "bot"
    elif flag(notice.data.get("automated")) or written == "participant":
        # A participant is somebody in copy, who is neither the visitor nor one of the team.
        actor = "system"
    agent = text(notice.user.get("user_id")) if actor == "agent" else ""
    replied = Replied(actor=actor, public=kind != "note", agent=agent, message_id=message)
    envelope = notice.head("replied", message)
    return [TicketReplied(**envelope, data=replied), *called(envelope, "agent", agent, text(notice.user.get("nickname")))]


def _state(notice: _Notice) -> Adapted:
    state = word(notice.data.get("state"))
    if state not in _STATES:
        return notice.delivery.not_understood("$.data.state: expected pending, unresolved or resolved")
    # Who did it is not told, and the state before it neither; the fold, which has the history, sees the edge.
    envelope = notice.head_at(f"state.{state}")
    if state == "resolved":
        return [TicketResolved(**envelope, data=Resolved(status=state))]
    return [TicketUpdated(**envelope, data=Updated(actor="system", status=state))]


def _rated(notice: _Notice) -> Adapted:
    stars = inner(notice.data, "rating").get("stars")
    if stars is None:
        return NotForUs("a survey without an answer")
    rated = rating(text(stars), "1-5")
    if rated is None:
        return notice.delivery.not_understood("$.data.rating.stars: expected 1 to 5")
    return [TicketSurveyed(**notice.head_at("surveyed"), data=Surveyed(*rated, customer=_customer(notice)))]


def _removed(notice: _Notice) -> Adapted:
    return [TicketRemoved(**notice.head("removed", ""), data=Removed(reason="deleted"))]


def _routed(notice: _Notice) -> Adapted:
    assigned = notice.data.get("assigned", inner(notice.data, "routing").get("assigned"))
    assignee = text(assigned.get("user_id")) if isinstance(assigned, dict) else ""
    return [TicketUpdated(**notice.head_at("routing"), data=Updated(actor="system", assignee=assignee))]


def _segmented(notice: _Notice) -> Adapted:
    return [TicketUpdated(**notice.head_at("segments"), data=Updated(actor="system", tags=names(notice.data.get("segments"))))]


def _moved(notice: _Notice) -> Adapted:
    return [TicketUpdated(**notice.head_at("inbox"), data=Updated(actor="system", team=text(notice.data.get("inbox_id"))))]


def _customer(notice: _Notice) -> str:
    """The visitor; without an account its id is the session's, and the same person tomorrow is another one."""
    return notice.delivery.customers.of_id(text(notice.user.get("user_id")))


_KINDS = {
    "session:request:initiated": _initiated,
    "message:send": _sent,
    "message:received": _received,
    "session:set_state": _state,
    "session:sync:rating": _rated,
    "session:removed": _removed,
    "session:set_routing": _routed,
    "session:set_segments": _segmented,
    "session:set_inbox": _moved,
}
