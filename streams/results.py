"""What one flush says: records for the topics, the position among them. The shell produces them, whole or not at all."""

from __future__ import annotations

from typing import NamedTuple


class Result(NamedTuple):
    """One record of a result topic; it goes to the partition its source came from."""

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
