"""One record of the log, read with the standard library: an event, settings, a tick, or the reason why it is none of these."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.oracle.history import Event
from tests.oracle.settings import Settings, settings_from

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SOURCE = re.compile(r"/([a-z0-9][a-z0-9_-]{0,62})/([a-z0-9][a-z0-9_-]{0,62})")
_KNOWN = frozenset(
    [
        "ticket." + name
        for name in (
            "opened",
            "replied",
            "resolved",
            "reopened",
            "abandoned",
            "surveyed",
            "updated",
            "merged",
            "removed",
            "handled",
        )
    ]
    + ["order.placed", "order.refunded", "account.configured", "customer.forgotten", "directory.updated", "clock.tick"]
)
_MUST_SAY = {
    "opened": ("channel",),
    "replied": ("actor",),
    "surveyed": ("rating", "scale_min", "scale_max"),
    "merged": ("into",),
}
_MAX_BYTES = 65_536


@dataclass(frozen=True)
class Configuration:
    account: str
    at: int
    settings: Settings
    starts: int


@dataclass(frozen=True)
class Order:
    """Of a shop: it moves the account's clock and nothing else."""

    account: str
    at: int


@dataclass(frozen=True)
class Tick:
    at: int


@dataclass(frozen=True)
class Silent:
    """A record that changes no number."""

    account: str
    at: int


Record = Event | Order | Configuration | Tick | Silent


def read(raw: bytes) -> Record | str:
    """The record, or the reason of its refusal."""
    if len(raw) > _MAX_BYTES:
        return "too_large"
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        return "not_an_event"
    return _typed(said)


def _typed(said: dict[str, Any]) -> Record | str:
    named = re.fullmatch(r"deskpulse\.([a-z.]+)\.v(\d+)", said["type"])
    if named is None or named[1] not in _KNOWN:
        return "unknown_type"
    kind, version = named[1], int(named[2])
    if kind == "ticket.surveyed" and version == 1:
        said = {**said, "data": {**said.get("data", {}), "scale_min": 1, "scale_max": 5}}
    elif version != (2 if kind == "ticket.surveyed" else 1):
        return "unknown_version"
    if not all(isinstance(said.get(name), str) and said[name] for name in ("id", "source", "subject", "time")):
        return "invalid"
    at = milliseconds(said["time"])
    if at is None or said.get("specversion") != "1.0":
        return "invalid"
    if kind == "clock.tick":
        return Tick(at)
    source = _SOURCE.fullmatch(said["source"])
    if source is None or not isinstance(said.get("data"), dict):
        return "invalid"
    family, _, name = kind.partition(".")
    if family == "ticket":
        return _event(name, said, source[1], source[2], at)
    if family == "order":
        return Order(source[1], at)
    if family == "account":
        settings = settings_from(said["data"])
        effective = said["data"].get("effective_ms")
        return Configuration(source[1], at, settings, at if effective is None else effective)
    return Silent(source[1], at)


def _event(kind: str, said: Mapping[str, Any], account: str, source: str, at: int) -> Event | str:
    told = said["data"]
    if any(name not in told for name in _MUST_SAY.get(kind, ())):
        return "invalid"
    if kind == "surveyed" and not told["scale_min"] < told["scale_max"]:
        return "invalid"
    if kind == "surveyed" and not told["scale_min"] <= told["rating"] <= told["scale_max"]:
        return "invalid"
    return Event(account, source, said["subject"], kind, said["id"], at, told, said.get("vendor", ""))


def milliseconds(time: str) -> int | None:
    """Epoch milliseconds, half a millisecond up; None if it is no instant."""
    try:
        instant = datetime.fromisoformat(time)
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    micros = (instant - _EPOCH) // timedelta(microseconds=1)
    return (micros + 500) // 1000
