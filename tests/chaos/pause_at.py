"""Stops a worker at a named point until it is let on: whatever a test does meanwhile happens in the middle of it."""

from __future__ import annotations

import threading
from pathlib import Path

from streams.crash_points import CrashPoint
from tests.eventually import eventually

_AT_MOST_S = 50.0
"""Below the deadline of a flush."""


class Gate:
    """The test's side: two files that both processes see."""

    def __init__(self, folder: Path) -> None:
        self._reached = folder / "reached"
        self._open = folder / "open"

    def is_reached(self) -> bool:
        return self._reached.exists()

    def let_on(self) -> None:
        self._open.touch()

    def stop_here(self) -> None:
        self._reached.touch()
        eventually(self._open.exists, _AT_MOST_S, "let on")


class PauseAt:
    """The worker's side. Only for points that are reached in a thread: the event loop goes on, and so do heartbeats."""

    def __init__(self, point: str, nth: int, gate: Gate) -> None:
        self._point = point
        self._left = nth
        self._gate = gate
        self._lock = threading.Lock()

    def reached(self, point: CrashPoint) -> None:
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            is_here = self._left == 0
        if is_here:
            self._gate.stop_here()
