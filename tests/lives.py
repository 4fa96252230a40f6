"""One life as each helpdesk tells it: a customer writes, is answered, writes again, is answered, and the ticket is resolved.

The deliveries are the vendors' fixtures, moved: what was an instant of the opening becomes the life's opening, every other instant that
of its step, each in the form in which it was written; and what names one delivery or message names another one in each step.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.deliveries import Fixture, fixtures

MINUTE_MS = 60_000
STEPS = {"opened": 0, "answered": 10, "asked again": 20, "answered again": 25, "resolved": 40}
"""Minutes after the opening."""
FIRST_RESPONSE_MS = 10 * MINUTE_MS
REPLY_MS = [10 * MINUTE_MS, 5 * MINUTE_MS]
RESOLUTION_MS = 40 * MINUTE_MS

WHOLE: dict[str, tuple[str, str, str, str, str]] = {
    "cloudevents": ("opened", "replied", "customer_replied", "replied", "resolved"),
    "zendesk": ("created_by_mail", "reply_by_agent", "reply_by_customer", "reply_by_agent", "solved_by_agent"),
    "gorgias": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent", "closed"),
    "intercom": ("created", "reply_by_agent", "reply_to_a_snoozed_one", "reply_by_agent", "closed"),
    "freshdesk": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent", "resolved"),
    "helpscout": ("created", "reply_by_agent_later", "reply_by_customer", "reply_by_agent_later", "closed"),
    "front": ("inbound_first", "outbound_sent", "inbound_received", "outbound_sent", "conversation_archived"),
    "front_rule": ("inbound_first", "out_reply", "inbound", "out_reply", "archive"),
    "chatwoot": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent", "resolved"),
    "zammad": ("opened", "reply_by_agent", "reply_by_customer", "reply_by_agent", "closed"),
    "kustomer": ("created_by_customer", "reply_by_agent", "reply_by_customer", "reply_by_agent", "done"),
    "crisp": ("reply_by_customer", "reply_by_agent", "reply_by_customer", "reply_by_agent", "resolved"),
    "jira": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent", "resolved"),
    "freescout": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent_part", "closed"),
    "dixa": ("created", "reply_by_agent", "reply_by_customer", "reply_by_agent", "closed"),
    "groove": ("started", "reply_by_agent", "reply_by_customer", "reply_by_agent", "closed"),
}
SAME_BODIES = {
    "chatwoot_unsigned": "chatwoot",
    "crisp_website": "crisp",
    "jira_automation": "jira",
    "hubspot_v1": "hubspot",
}
"""Rows that differ from another in how they are proven alone: they are told in its fixtures."""
WHOLE |= {row: WHOLE[other] for row, other in SAME_BODIES.items() if other in WHOLE}
_CREATED_AND_CLOSED = {"opened": "ticket_created_by_form", "resolved": "closed_by_stage"}
PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "hubspot": ("its events name neither author nor direction of a message", _CREATED_AND_CLOSED),
    "hubspot_v1": ("the same events", _CREATED_AND_CLOSED),
    "hubspot_workflow": ("a workflow tells the reply alone, under a key of its own", {"answered": "reply"}),
    "shopify": ("a shop has orders, no tickets", {"opened": "placed"}),
}
"""By vendor that cannot tell a whole life: why, and which steps it can tell."""
_DAY = datetime(2026, 3, 2, tzinfo=UTC)
_CREATED_BEFORE = timedelta(minutes=10)
_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?( ?(?:Z|UTC|[+-]\d\d:?\d\d))?")


@dataclass(frozen=True, slots=True)
class Told:
    body: bytes
    headers: dict[str, str]


def life(vendor: str, opened_ms: int) -> list[Told]:
    """Its deliveries in order: all steps, or those that it can tell."""
    steps = dict(zip(STEPS, WHOLE[vendor], strict=True)) if vendor in WHOLE else PARTS[vendor][1]
    by_name = {fixture.name: fixture for fixture in fixtures(SAME_BODIES.get(vendor, vendor))}
    return [
        _moved(by_name[name], opened_ms, opened_ms + STEPS[step] * MINUTE_MS, list(STEPS).index(step))
        for step, name in steps.items()
    ]


def _moved(fixture: Fixture, opened_ms: int, at_ms: int, step: int) -> Told:
    happened = next(event for event in reversed(fixture.case["events"]) if ".directory." not in event["type"])
    created_until = datetime.fromisoformat(happened["time"]) - _CREATED_BEFORE
    own = {happened["id"], happened["data"].get("message_id", "")} - {"", happened["subject"]}

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: moved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        if str(value) in own:
            return value + 100 * step if isinstance(value, int) else f"{value[:-1]}{step}"
        instant = _instant(value)
        if instant is None:
            return value
        return _written_as(value, opened_ms if instant < created_until else at_ms)

    return Told(json.dumps(moved(fixture.case["payload"])).encode(), fixture.headers)


def _instant(value: Any) -> datetime | None:
    """Of the day on which all fixtures play; anything else is no instant."""
    found = None
    if isinstance(value, str) and (match := _WRITTEN.fullmatch(value)):
        found = _read(match)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 1e11 else float(value)
        found = datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e10 else None
    return found if found is not None and abs(found - _DAY) < timedelta(days=2) else None


def _read(match: re.Match[str]) -> datetime:
    """Where no zone is written, it is UTC."""
    zone = (match[5] or "Z").strip().replace("UTC", "Z")
    return datetime.fromisoformat(f"{match[1]}T{match[3]}{zone}")


def _written_as(value: Any, at_ms: int) -> Any:
    if not isinstance(value, str):
        return type(value)(at_ms if value > 1e11 else at_ms // 1000)
    match = _WRITTEN.fullmatch(value)
    assert match is not None
    at = datetime.fromtimestamp(at_ms // 1000, _read(match).tzinfo)
    fraction = "." + "0" * (len(match[4]) - 1) if match[4] else ""
    return f"{at:%Y-%m-%d}{match[2]}{at:%H:%M:%S}{fraction}{match[5] or ''}"
