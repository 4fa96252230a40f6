"""A scenario's events as Zendesk would tell them: one webhook body a happening, in Zendesk's own words. Pure.

Shares no code with the adapter, and holds what Zendesk holds: who has the ticket now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.golden.scenario import Scenario
from tests.integration.golden.moved import Moved, ticket_events
from tests.timeline import Said

NOBODY = "agent-0"
"""An agent whose name the scenario does not care for; Zendesk always says one."""
_SYSTEM = "-1"
_KINDS = frozenset({"opened", "replied", "resolved", "reopened", "updated", "surveyed"})
_UPDATES = frozenset({"assignee", "team"})


def is_expressible(scenario: Scenario) -> bool:
    """Zendesk has no order of its own among events of one instant, no event for somebody who leaves, and no bot in a comment."""
    return all(
        _kind(said) in _KINDS
        and said.event["data"].get("actor") != "bot"
        and "sequence" not in said.event["data"]
        and (_kind(said) != "updated" or _changes(said) <= _UPDATES)
        for said in ticket_events(scenario)
    )


def bodies(moved: Moved, told: Sequence[Said]) -> list[tuple[int, bytes]]:
    """When each is received, and what is posted."""
    desk = _Desk()
    return [(moved.received_ms(said), body) for said in told for body in desk.tell(moved.event(said))]


class _Desk:
    """One Zendesk: the tickets' groups and assignees, as of the last event told."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str | None, str | None]] = {}

    def tell(self, event: dict[str, Any]) -> list[bytes]:
        data, ticket = event["data"], event["subject"]
        agent, team = self._held.get(ticket, (None, None))
        kind = event["type"].split(".")[2]
        actor = data.get("actor")
        match kind:
            case "opened":
                agent, team = data.get("agent"), data.get("team")
                self._held[ticket] = agent, team
                return [self._notice(event, "ticket.created", {}, {"status": "NEW", "via": {"channel": data["channel"]}})]
            case "replied":
                author = {"customer": _customer(ticket), "system": _SYSTEM}.get(actor, data.get("agent", NOBODY))
                comment = {"is_public": True, "author": {"id": author, "is_staff": actor != "customer"}}
                detail = {"actor_id": author, "group_id": data.get("team", team)}
                return [self._notice(event, "ticket.comment_added", {"comment": comment}, detail)]
            case "resolved":
                change = {"current": "SOLVED", "previous": "OPEN"}
                return [self._notice(event, "ticket.status_changed", change, {"status": "SOLVED", "actor_id": data.get("agent")})]
            case "reopened":
                change = {"current": "OPEN", "previous": "SOLVED"}
                return [self._notice(event, "ticket.status_changed", change, {"actor_id": _customer(ticket)})]
            case "updated":
                self._held[ticket] = data.get("assignee", agent), data.get("team", team)
                changes = [
                    ("ticket.agent_assignment_changed", {"current": data.get("assignee"), "previous": agent}),
                    ("ticket.group_assignment_changed", {"current": data.get("team"), "previous": team}),
                ]
                return [
                    self._notice({**event, "id": f"{event['id']}-{number}"}, name, change, {})
                    for number, (name, change) in enumerate(changes)
                ]
            case "surveyed":
                return [_trigger(event)]
            case _:
                raise AssertionError(f"Zendesk has no words for {kind}")

    def _notice(self, event: dict[str, Any], kind: str, change: dict[str, Any], detail: dict[str, Any]) -> bytes:
        ticket = event["subject"]
        agent, team = self._held.get(ticket, (None, None))
        held = {
            "id": ticket,
            "status": "OPEN",
            "requester_id": _customer(ticket),
            "submitter_id": _customer(ticket),
            "assignee_id": agent,
            "group_id": team,
        }
        return json.dumps(
            {
                "type": f"zen:event-type:{kind}",
                "account_id": 1,
                "id": event["id"],
                "time": event["time"],
                "zendesk_event_version": "2022-11-06",
                "subject": f"zen:ticket:{ticket}",
                "detail": {**held, **detail},
                "event": change,
            }
        ).encode()


def _trigger(event: dict[str, Any]) -> bytes:
    """Ratings come by a trigger, whose body an admin has pasted."""
    data = event["data"]
    return json.dumps(
        {
            "deskpulse": 1,
            "event": "ticket.surveyed",
            "ticket_id": event["subject"],
            "actor": "customer",
            "rating": str(data["rating"]),
            "scale": f"{data['scale_min']}-{data['scale_max']}",
            "occurred_at": event["time"],
        }
    ).encode()


def _customer(ticket: str) -> str:
    return f"customer-{ticket}"


def _kind(said: Said) -> str:
    return str(said.event["type"]).split(".")[2]


def _changes(said: Said) -> set[str]:
    return set(said.event["data"])
