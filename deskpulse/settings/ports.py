"""Two parts of this machine cannot have one port: told before the second one fails to listen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from deskpulse.settings.models import DEFAULT_CLICKHOUSE_PORT, DEFAULT_GATEWAY_PORT, DEFAULT_KAFKA_PORT, LOCAL_HOST
from deskpulse.settings.problems import Loc

_EVERYWHERE = frozenset({LOCAL_HOST, "localhost", "0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound
"""Hosts of the gateway at which it meets the local servers, which listen on the loopback."""


def ports(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    for one, other in combinations(_listening(tree), 2):
        if _port(tree, one) is not None and _port(tree, one) == _port(tree, other):
            # Told where it was written; the other one may be a default.
            at, beside = (other, one) if "port" in _section(tree, other) else (one, other)
            yield (at, "port"), f"{_port(tree, at)} is also {beside}.port: give each part a port of its own"


def _listening(tree: Mapping[str, Any]) -> Iterator[str]:
    if not _section(tree, "kafka").get("bootstrap"):
        yield "kafka"
    if not _section(tree, "clickhouse").get("url"):
        yield "clickhouse"
    if _section(tree, "gateway").get("host", LOCAL_HOST) in _EVERYWHERE:
        yield "gateway"


def _port(tree: Mapping[str, Any], part: str) -> int | None:
    """A variable of the environment is text. None: not a port, which is a fault of its own."""
    try:
        return int(_section(tree, part).get("port", _DEFAULTS[part]))
    except (TypeError, ValueError):
        return None


def _section(tree: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = tree.get(part)
    return found if isinstance(found, dict) else {}


_DEFAULTS = {"kafka": DEFAULT_KAFKA_PORT, "clickhouse": DEFAULT_CLICKHOUSE_PORT, "gateway": DEFAULT_GATEWAY_PORT}
