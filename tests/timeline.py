"""A log told as a timeline: at("10:00").opened(...). Builds CloudEvents as the gateway would accept them, without any of its code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Record = tuple[int, int, bytes | None, bytes | None]
"""Offset, received at (ms), key, value."""


def ms(instant: str) -> int:
    """Epoch milliseconds of `2026-03-02 10:00[:30[.5]]`, UTC."""
    return (datetime.fromisoformat(instant).replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def iso(instant_ms: int) -> str:
    instant = _EPOCH + timedelta(milliseconds=instant_ms)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Said:
    """One event and when it was received."""

    event: dict[str, Any]
    received_at_ms: int
    account: str

    @property
    def value(self) -> bytes:
        return json.dumps(self.event, separators=(",", ":")).encode()

    @property
    def is_of_a_ticket(self) -> bool:
        return str(self.event["type"]).startswith("deskpulse.ticket.")


@dataclass
class Timeline:
    """Events in the order they reach the log, which is the order they are told in."""

    day: str
    account: str = "acme"
    source: str = "zendesk"
    said: list[Said] = field(default_factory=list)

    def ms(self, when: str) -> int:
        """Of `10:00` on the timeline's day, or of a full date and time."""
        return ms(when if " " in when else f"{self.day} {when}")

    def at(self, when: str) -> At:
        return At(self, self.ms(when))

    def at_ms(self, instant_ms: int) -> At:
        return At(self, instant_ms)

    def records(self) -> list[Record]:
        return log(self.said)


@dataclass(frozen=True)
class At:
    """What happens at one instant. What is told of it goes into `data`; `id` and `ticket` do not."""

    timeline: Timeline
    at_ms: int
    received_at_ms: int | None = None

    def received(self, when: str) -> At:
        return replace(self, received_at_ms=self.timeline.ms(when))

    def received_ms(self, instant_ms: int) -> At:
        return replace(self, received_at_ms=instant_ms)

    def opened(self, ticket: str = "1", channel: str = "chat", **told: Any) -> None:
        self._ticket("opened", ticket, {"channel": channel, **told})

    def customer(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("replied", ticket, {"actor": "customer", **told})

    def agent(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("replied", ticket, {"actor": "agent", **told})

    def replied(self, actor: str, ticket: str = "1", **told: Any) -> None:
        self._ticket("replied", ticket, {"actor": actor, **told})

    def resolved(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("resolved", ticket, told)

    def reopened(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("reopened", ticket, told)

    def abandoned(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("abandoned", ticket, told)

    def updated(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("updated", ticket, told)

    def merged(self, ticket: str, into: str, **told: Any) -> None:
        self._ticket("merged", ticket, {"into": into, **told})

    def removed(self, ticket: str = "1", **told: Any) -> None:
        self._ticket("removed", ticket, told)

    def rated(self, rating: int, ticket: str = "1", *, low: int = 1, high: int = 5, **told: Any) -> None:
        self._ticket("surveyed", ticket, {"rating": rating, "scale_min": low, "scale_max": high, **told}, version=2)

    def ordered(self, order: str = "o-1") -> None:
        self._say("order.placed", order, {"amount": "10.00", "currency": "EUR"}, f"order-{len(self.timeline.said)}")

    def configured(self, **told: Any) -> None:
        account = self.timeline.account
        self._say("account.configured", account, told, f"settings-{len(self.timeline.said)}")

    def called(self, name: str, identity: str = "ana", kind: str = "agent") -> None:
        self._say("directory.updated", identity, {"kind": kind, "id": identity, "name": name}, f"name-{len(self.timeline.said)}")

    def tick(self) -> None:
        event = _envelope("clock.tick", 1, f"tick-0-{self.at_ms}", "/-/clock", "-", self.at_ms, {})
        self._append(event)

    def _ticket(self, kind: str, ticket: str, told: dict[str, Any], version: int = 1) -> None:
        identity = told.pop("id", f"e{len(self.timeline.said)}")
        self._say(f"ticket.{kind}", ticket, told, identity, version)

    def _say(self, kind: str, subject: str, told: dict[str, Any], identity: str, version: int = 1) -> None:
        source = f"/{self.timeline.account}/{self.timeline.source}"
        self._append(_envelope(kind, version, identity, source, subject, self.at_ms, told))

    def _append(self, event: dict[str, Any]) -> None:
        received_at = self.at_ms if self.received_at_ms is None else self.received_at_ms
        self.timeline.said.append(Said(event, received_at, self.timeline.account))


def _envelope(
    kind: str, version: int, identity: str, source: str, subject: str, at_ms: int, told: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "subject": subject,
        "time": iso(at_ms),
        "type": f"deskpulse.{kind}.v{version}",
        "data": told,
    }


def log(said: Iterable[Said]) -> list[Record]:
    """As records of one partition, offsets from 0."""
    return [(offset, one.received_at_ms, one.account.encode(), one.value) for offset, one in enumerate(said)]
