"""What is known of one ticket: its events, one per id, in the order of docs/semantics.md section 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ACTOR_IF_NONE_IS_TOLD = {
    "opened": "customer",
    "reopened": "customer",
    "handled": "agent",
    "updated": "agent",
    "resolved": "agent",
    "abandoned": "customer",
}
_ACTOR_ALWAYS = {"handled": "agent", "surveyed": "customer", "merged": "system", "removed": "system"}
_RANK = {
    "opened": 0,
    "reopened": 1,
    "handled": 4,
    "updated": 5,
    "resolved": 6,
    "abandoned": 7,
    "surveyed": 8,
    "merged": 9,
    "removed": 10,
}


@dataclass(frozen=True)
class Event:
    account: str
    source: str
    ticket: str
    kind: str
    """The type without `deskpulse.ticket.` and version."""
    id: str
    at: int
    told: Mapping[str, Any]
    """The event's own `data`; what it leaves out has the default of its type."""
    vendor: str

    @property
    def sequence(self) -> int:
        return int(self.told.get("sequence", 0))

    @property
    def actor(self) -> str:
        always = _ACTOR_ALWAYS.get(self.kind)
        return always or str(self.told.get("actor", _ACTOR_IF_NONE_IS_TOLD.get(self.kind, "")))

    @property
    def agent(self) -> str:
        return "" if self.kind in ("abandoned", "surveyed", "merged", "removed") else self.text("agent")

    @property
    def team(self) -> str:
        """Whom the event credits; an `updated` says the ticket's team instead."""
        return "" if self.kind in ("abandoned", "surveyed", "merged", "removed", "updated") else self.text("team")

    @property
    def public(self) -> bool:
        return bool(self.told.get("public", True)) if self.kind == "replied" else True

    @property
    def rank(self) -> int:
        if self.kind == "replied":
            return 2 if self.actor == "customer" else 3
        return _RANK[self.kind]

    def text(self, name: str, default: str = "") -> str:
        return str(self.told.get(name, default))

    @property
    def place(self) -> tuple[int, int, int, str]:
        return (self.at, self.sequence, self.rank, self.id)

    @property
    def canonical(self) -> bytes:
        """Of two contents under one id the smaller of these stays."""
        said = [self.at, self.sequence, self.rank, self.actor, self.public, self.agent, self.team, self._rest()]
        return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()

    def _rest(self) -> list[Any]:
        told, text = self.told, self.text
        match self.kind:
            case "opened":
                head = [text("direction", "in"), text("channel"), text("customer"), text("priority"), list(told.get("tags", ()))]
                missed = [True] if told.get("missed") else []
                return [*head, text("brand"), text("language"), text("tier"), text("status"), *missed]
            case "reopened":
                return [text("status", "open")]
            case "replied":
                return [text("customer")]
            case "handled":
                return [told.get("talk_ms", 0), told.get("hold_ms", 0), told.get("wrap_ms", 0)]
            case "updated":
                return [told.get(name) for name in ("status", "assignee", "team", "priority", "channel", "tags")]
            case "resolved":
                return [text("status", "solved")]
            case "abandoned":
                return [text("reason")]
            case "surveyed":
                scale = [told["rating"], told["scale_min"], told["scale_max"]]
                return [text("kind", "csat"), *scale, text("survey"), text("customer")]
            case "merged":
                return [text("into")]
            case _:
                return [text("reason", "deleted")]


class History:
    """The events of one ticket. Law: the same set of events, however it came, is the same history."""

    def __init__(self) -> None:
        self._by_id: dict[str, Event] = {}

    def add(self, event: Event) -> bool:
        """True if the history is another one now."""
        known = self._by_id.get(event.id)
        if known is not None and known.canonical <= event.canonical:
            return False
        self._by_id[event.id] = event
        return True

    def in_order(self) -> list[Event]:
        return sorted(self._by_id.values(), key=lambda event: event.place)
