"""What to do about a dead letter, by its reason: one sentence for the person who connects the helpdesk."""

from __future__ import annotations

from events.rejected import Reason

_SHAPE = "compare the body with this vendor's page in docs/helpdesks; `deskpulse dead-letters show` has the bytes that came"

REMEDIES: dict[Reason, str] = {
    Reason.NOT_JSON: "the sender must post JSON in UTF-8: in a body of your own, let the helpdesk escape quotes and line ends",
    Reason.NOT_AN_EVENT: _SHAPE,
    Reason.UNKNOWN_TYPE: "this release does not know that kind of event: subscribe the webhook only to what the vendor's page lists",
    Reason.UNKNOWN_VERSION: "send a version that /openapi.json lists, or install a newer release",
    Reason.INVALID: "mend the field that the error names; /openapi.json describes every field",
    Reason.TOO_LARGE: "send less: texts, attachments and history are not needed",
    Reason.TOO_DEEP: "send a flatter body: an event needs five levels",
    Reason.WRONG_PARTITION: "post to the gateway; nobody else may write to ticket-events",
    Reason.FUTURE: "set the sender's clock, and the zone of the times it writes: this one lies ahead of now",
    Reason.TOO_OLD: "it lies too far back to count live; only what happens from now on need be sent",
    Reason.SEALED: "its ticket has over 1,000 events, and this one lies before those that can still change; the ticket itself goes on",
    Reason.POISON: "a fault of ours: keep the letter and report it; the rest goes on",
    Reason.STALE: "the signature's time is far from now: set this machine's clock, or raise the source's `tolerance`",
    Reason.NOT_UNDERSTOOD: _SHAPE,
    Reason.BAD_ROW: "ClickHouse cannot hold it: look at the error, and at whether `deskpulse migrate` has run",
}


def remedy(reason: str) -> str:
    """Also for a reason that a newer gateway knows and this command does not."""
    return REMEDIES[Reason(reason)] if reason in set(Reason) else "`deskpulse dead-letters show` has the bytes that came"
