"""A happening as Zendesk tells it: the webhook's body, and its signature over the bytes sent. Pure."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from deskpulse.demo.happenings import Happening, Ticket

_VIA = {"chat": "native_messaging", "email": "email", "web": "web"}
_TEAM_IDS = {"chat-desk": "360001", "mail-desk": "360002"}


def body(happening: Happening) -> bytes:
    match happening.kind:
        case "rated":
            return _trigger(happening)
        case "opened":
            kind, event = "ticket.created", {}
        case "acknowledged":
            kind, event = "ticket.comment_added", _comment(happening, "-1", is_staff=True)
        case "answered":
            kind, event = "ticket.comment_added", _comment(happening, happening.ticket.agent, is_staff=True)
        case "asked":
            kind, event = "ticket.comment_added", _comment(happening, happening.ticket.customer, is_staff=False)
        case "assigned":
            kind, event = "ticket.agent_assignment_changed", {"current": happening.ticket.agent, "previous": None}
        case "tagged":
            kind, event = "ticket.tags_changed", {"tags_added": ["waiting-on-stock"], "tags_removed": []}
        case "solved":
            kind, event = "ticket.status_changed", {"current": "SOLVED", "previous": "OPEN"}
        case "reopened":
            kind, event = "ticket.status_changed", {"current": "OPEN", "previous": "SOLVED"}
        case "left":
            raise ValueError("Zendesk does not tell when a customer leaves")
    envelope = {
        "type": f"zen:event-type:{kind}",
        "account_id": 10457731,
        "id": happening.id,
        "time": instant(happening.at_ms),
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:ticket:{happening.ticket.number}",
        "detail": _detail(happening),
        "event": event,
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def signature(secret: str, timestamp: str, sent: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), timestamp.encode() + sent, "sha256")).decode()


def instant(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _detail(happening: Happening) -> dict[str, Any]:
    ticket = happening.ticket
    touched = {"answered", "solved", "assigned"}
    return {
        "id": str(ticket.number),
        "status": "SOLVED" if happening.kind == "solved" else "OPEN" if happening.step else "NEW",
        "priority": ticket.priority.upper(),
        "type": None,
        "is_public": True,
        "requester_id": ticket.customer,
        "submitter_id": ticket.customer,
        "actor_id": ticket.agent if happening.kind in touched else ticket.customer,
        "assignee_id": ticket.agent if happening.step > 1 else None,
        "group_id": _TEAM_IDS[ticket.team],
        "tags": _tags(ticket, happening),
        "via": {"channel": _VIA[ticket.channel]},
        "created_at": instant(ticket.opened_ms),
        "updated_at": instant(happening.at_ms),
    }


def _tags(ticket: Ticket, happening: Happening) -> list[str]:
    return [ticket.tag, "waiting-on-stock"] if happening.kind == "tagged" else [ticket.tag]


def _comment(happening: Happening, author: str, *, is_staff: bool) -> dict[str, Any]:
    return {
        "comment": {
            "id": f"{happening.id}-c",
            "body": "(a text that Deskpulse never stores)",
            "is_public": True,
            "author": {"id": author, "is_staff": is_staff},
        }
    }


def _trigger(happening: Happening) -> bytes:
    """Zendesk has no event for ratings: a trigger posts the body that the admin pasted."""
    told = {
        "deskpulse": 1,
        "event": "ticket.surveyed",
        "ticket_id": str(happening.ticket.number),
        "actor": "customer",
        "rating": "good" if happening.rating >= 4 else "bad",
        "scale": "good_bad",
        "occurred_at": instant(happening.at_ms),
    }
    return json.dumps(told, separators=(",", ":")).encode()
