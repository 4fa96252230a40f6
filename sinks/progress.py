"""How far a process is, as counts and as a small JSON file that `deskpulse doctor` reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

SHOWN_EVERY_MS = 1_000


@dataclass(slots=True)
class TopicProgress:
    lag: int = 0
    """Records of this process' partitions that are not written yet."""
    rows: int = 0
    letters: int = 0
    last_written_ms: int | None = None


@dataclass(slots=True)
class Progress:
    state: str = "starting"
    """`starting`, `running`, `waiting` (then `waiting_for` says why), `stopped`."""
    waiting_for: str = ""
    partitions: int = 0
    topics: dict[str, TopicProgress] = field(default_factory=dict)
    expired: dict[str, int] = field(default_factory=dict)
    """Rows by table that were past their retention, and so not inserted."""

    def of(self, topic: str) -> TopicProgress:
        return self.topics.setdefault(topic, TopicProgress())

    def wrote(self, topic: str, rows: int, letters: int, now_ms: int) -> None:
        at = self.of(topic)
        at.rows += rows
        at.letters += letters
        at.last_written_ms = now_ms

    def skipped_expired(self, table: str, rows: int) -> None:
        self.expired[table] = self.expired.get(table, 0) + rows

    def running(self) -> None:
        self.state, self.waiting_for = "running", ""

    def waiting(self, why: str) -> None:
        self.state, self.waiting_for = "waiting", why


@dataclass(slots=True)
class DestinationProgress:
    delivered: int = 0
    failed: int = 0
    """Attempts."""
    waiting: int = 0
    last_delivered_ms: int | None = None
    last_error: str = ""
    """Of the last attempt, if it failed."""


@dataclass(slots=True)
class NotifyProgress(Progress):
    destinations: dict[str, DestinationProgress] = field(default_factory=dict)

    def at(self, destination: str) -> DestinationProgress:
        return self.destinations.setdefault(destination, DestinationProgress())


class StatusFile:
    """Replaced as a whole, so that a reader never sees half of it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._shown_ms = 0

    def is_due(self, now_ms: int) -> bool:
        return self._path is not None and now_ms - self._shown_ms >= SHOWN_EVERY_MS

    def show(self, progress: Progress, now_ms: int) -> None:
        if self._path is None:
            return
        self._shown_ms = now_ms
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        beside.write_text(json.dumps({"at_ms": now_ms, "pid": os.getpid(), **asdict(progress)}), encoding="utf-8")
        beside.replace(self._path)
