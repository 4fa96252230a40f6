"""Starts, watches, restarts and ends. One thread, driven by its owner: `start`, then `look` again and again, then `end`."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO

from deskpulse.supervisor import pidfile
from deskpulse.supervisor.bounded import bound
from deskpulse.supervisor.child import Child
from deskpulse.supervisor.part import REFUSED_CODE, Backoff, Part, Stage, State

SERVERS = ("clickhouse", "kafka")
"""In the order in which they end."""

_LEFT_OVER_WITHIN_S = 10.0
_POLL_S = 0.05


class PartFailedError(Exception):
    """A part could not be brought up; the message says what it said and where more stands."""


class AlreadyRunningError(Exception):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"Deskpulse is already running on {folder}. Stop it there, or choose another `data` folder.")


class Supervisor:
    """The parts of one data folder. Nobody else may supervise it until `end`, or until this process is gone."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, tethered: bool = False, backoff: Backoff | None = None
    ) -> None:
        self._folder = folder.resolve()
        self.environment = dict(environment)
        self._tethered = tethered
        self._backoff = backoff or Backoff()
        self._lock: IO[str] | None = None
        self.children: dict[str, Child] = {}

    def take_over(self) -> list[str]:
        """The folder is ours, and what a killed supervisor left running in it is ended; the answer names it."""
        (self._folder / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (self._folder / "run" / "supervisor.lock").open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunningError(self._folder) from error
        self._lock = lock
        found = pidfile.left_over(self._folder / "run")
        # The servers last, as in `end`: a worker without its broker could not finish.
        pidfile.end([process for name, process in found.items() if name not in SERVERS], _LEFT_OVER_WITHIN_S)
        for server in SERVERS:
            if server in found:
                pidfile.end([found[server]], _LEFT_OVER_WITHIN_S * 2)
        for name in found:
            pidfile.forget(self._folder / "run", name)
        return sorted(found)

    def start(self, parts: Iterable[Part]) -> None:
        for part in parts:
            child = Child(part, self._folder, self.environment, self._tethered)
            self.children[part.name] = child
            try:
                child.start()
            except OSError as error:
                raise PartFailedError(f"{part.name} could not be started: {error}") from error

    def wait_ready(self, names: Iterable[str], within_s: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Returns when these are ready. One that ends instead is not started again: what it said is raised."""
        waiting, end_s = set(names), time.monotonic() + within_s
        while waiting:
            for name in sorted(waiting):
                child = self.children[name]
                if child.has_ended():
                    raise PartFailedError(self._how_it_ended(child))
                if child.part.is_ready is None or child.part.is_ready():
                    child.state = State.RUNNING
                    waiting.discard(name)
            if time.monotonic() > end_s:
                first = self.children[min(waiting)]
                raise PartFailedError(
                    f"{first.part.name} runs but was not ready within {within_s:g} s. Its log: {first.log_file}"
                )
            meanwhile()
            if waiting:
                time.sleep(_POLL_S)

    def look(self) -> None:
        """One round: what died is noted and, when its wait is over, started again; what became ready is running."""
        now_s = time.monotonic()
        for child in self.children.values():
            bound(child.log_file)
            bound(child.output_file)
            match child.state:
                case State.STARTING | State.RUNNING if child.has_ended():
                    self._again_later(child, now_s)
                    child.state = State.REFUSED if child.exit_code == REFUSED_CODE else State.RESTARTING
                    child.reap()
                case State.RESTARTING if now_s >= child.start_at_s:
                    child.restarts += 1
                    try:
                        child.start()
                    except OSError as error:
                        # A full disk, no more processes: one more death, which passes as the others do.
                        child.start_error = f"could not be started: {error}"
                        self._again_later(child, now_s)
                case State.STARTING if child.part.is_ready is None or child.part.is_ready():
                    child.state = State.RUNNING
                case _:
                    pass

    def end(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Services first, then the database, the broker last; by force after each one's deadline. Twice is no error."""
        for stage in sorted(Stage, reverse=True):
            ending = [child for child in self.children.values() if child.part.stage is stage]
            for child in ending:
                child.state = State.ENDING
            meanwhile()
            within_s = max((child.part.end_within_s for child in ending), default=0.0)
            pidfile.end([child.process for child in ending if child.process], within_s)
            for child in ending:
                child.reap()
                child.state = State.ENDED
            meanwhile()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _again_later(self, child: Child, now_s: float) -> None:
        child.deaths_in_a_row = self._backoff.deaths_in_a_row(child.deaths_in_a_row, now_s - child.started_s)
        child.start_at_s = now_s + self._backoff.wait_s(child.deaths_in_a_row)

    def _how_it_ended(self, child: Child) -> str:
        said = child.last_words()
        return f"{child.part.name} ended with {child.exit_code}" + (f": {said}" if said else "") + f"\nIts log: {child.log_file}"
