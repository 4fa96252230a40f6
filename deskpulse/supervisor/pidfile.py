"""Which processes a supervisor started, on disk, so that the next one finds them when it was killed.

A process is known by its pid and the instant it began: a pid alone may belong to somebody else by now.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

_POLL_S = 0.02
_SAME_S = 5.0
"""The system counts from its boot, whose instant moves a little when the wall clock is set."""


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    began: float

    def is_alive(self) -> bool:
        try:
            known = psutil.Process(self.pid)
            same = abs(float(known.create_time()) - self.began) < _SAME_S
            return same and bool(known.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def signal_group(self, number: signal.Signals) -> None:
        """It leads a group of its own, so that a part's helpers end with it."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


def write(folder: Path, name: str, pid: int) -> Process:
    process = Process(pid, psutil.Process(pid).create_time())
    path = folder / f"{name}.pid"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": process.pid, "began": process.began}), encoding="ascii")
    fresh.replace(path)
    return process


def forget(folder: Path, name: str) -> None:
    """One that cannot be removed does no harm: its process is known to be dead by the instant it began."""
    with contextlib.suppress(OSError):
        (folder / f"{name}.pid").unlink(missing_ok=True)


def left_over(folder: Path) -> dict[str, Process]:
    """Processes of this folder that still live, by name. Files of dead ones are removed."""
    found = {}
    for path in folder.glob("*.pid"):
        try:
            said = json.loads(path.read_text(encoding="ascii"))
            process = Process(int(said["pid"]), float(said["began"]))
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            continue
        if process.is_alive():
            found[path.stem] = process
        else:
            path.unlink(missing_ok=True)
    return found


def end(processes: Iterable[Process], within_s: float) -> None:
    """Politely to all at once, by force after the deadline. Afterwards none lives."""
    alive = [process for process in processes if process.is_alive()]
    for process in alive:
        process.signal_group(signal.SIGTERM)
    alive = _still_alive(alive, within_s)
    for process in alive:
        process.signal_group(signal.SIGKILL)
    _still_alive(alive, within_s)


def _still_alive(processes: list[Process], within_s: float) -> list[Process]:
    end_s = time.monotonic() + within_s
    while (alive := [process for process in processes if process.is_alive()]) and time.monotonic() < end_s:
        time.sleep(_POLL_S)
    return alive
