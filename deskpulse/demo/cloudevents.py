"""A happening as a program of the shop's own tells it: a CloudEvent. Pure."""

from __future__ import annotations

import json
from typing import Any

from deskpulse.demo.happenings import Happening
from deskpulse.demo.zendesk import instant


def event(happening: Happening) -> dict[str, Any]:
    kind, told = _told(happening)
    return {
        "specversion": "1.0",
        "id": happening.id,
        "type": kind,
        "subject": str(happening.ticket.number),
        "time": instant(happening.at_ms),
        "data": told,
    }


def batch(happenings: list[Happening]) -> bytes:
    return json.dumps([event(one) for one in happenings], separators=(",", ":")).encode()


def _told(happening: Happening) -> tuple[str, dict[str, Any]]:
    ticket = happening.ticket
    by_agent = {"actor": "agent", "agent": ticket.agent, "team": ticket.team}
    match happening.kind:
        case "opened":
            opened = {
                "channel": ticket.channel,
                "customer": ticket.customer,
                "team": ticket.team,
                "priority": ticket.priority,
                "tags": [ticket.tag],
                "language": "en",
            }
            return "deskpulse.ticket.opened.v1", opened
        case "acknowledged":
            return "deskpulse.ticket.replied.v1", {"actor": "bot"}
        case "answered":
            return "deskpulse.ticket.replied.v1", by_agent
        case "asked":
            return "deskpulse.ticket.replied.v1", {"actor": "customer", "customer": ticket.customer}
        case "assigned":
            return "deskpulse.ticket.updated.v1", {"assignee": ticket.agent}
        case "tagged":
            return "deskpulse.ticket.updated.v1", {"tags": [ticket.tag, "second-visit"]}
        case "solved":
            return "deskpulse.ticket.resolved.v1", by_agent
        case "reopened":
            return "deskpulse.ticket.reopened.v1", {}
        case "rated":
            return "deskpulse.ticket.surveyed.v2", {"rating": happening.rating, "scale_min": 1, "scale_max": 5}
        case "left":
            return "deskpulse.ticket.abandoned.v1", {"reason": "left the chat"}
