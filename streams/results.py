"""What one flush says: records for the topics, the position among them. The shell produces them, whole or not at all."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct


class Result(Struct, frozen=True, gc=False):
    """One record of a result topic; it goes to the partition its source came from.

    A struct, since it is made in a third of the time that a named tuple takes, and never looked at for reference cycles.
    """

    topic: str
    """The logical name, as in `schemas/topics.yaml`."""
    key: bytes
    value: bytes | None
    """None is a tombstone: no longer live state."""
    headers: tuple[tuple[str, bytes], ...] = ()


class Source(NamedTuple):
    """One record of `ticket-events`, as read."""

    offset: int
    received_at_ms: int
    key: bytes | None
    value: bytes | None
