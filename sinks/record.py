"""One record of a topic, as the sinks pass it on: original bytes and where they stand. Pure."""

from __future__ import annotations

from typing import NamedTuple

Place = tuple[str, int]
"""Logical topic and partition."""
Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    topic: str
    """The logical name, as in `schemas/topics.yaml`."""
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers = ()
    timestamp_ms: int = 0

    def header(self, name: str) -> str:
        """As text, empty where it is missing; broken UTF-8 is replaced, since letters carry what others wrote."""
        return next((value.decode("utf-8", "replace") for key, value in self.headers if key == name), "")
