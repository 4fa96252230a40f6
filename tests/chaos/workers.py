"""Workers as processes, and a supervisor that starts again what ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from streams.exits import Exit
from streams.status import PartitionStatus, WorkerStatus, read

COUNTING = "tests.integration.counting_partition:CountingPartition"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Group:
    """The workers of one consumer group: what they have in common. `folder` gets their logs and status files."""

    bootstrap: str
    prefix: str
    folder: Path
    fold: str = COUNTING
    session_timeout_s: float = 6.0
    app_id: str = field(default_factory=lambda: f"g{uuid.uuid4().hex[:8]}")
    more: dict[str, Any] = field(default_factory=dict)

    def worker(self, name: str, crash_at: str | None = None, **more: Any) -> Worker:
        """Not started yet. `more` is told to the process beside what the group says."""
        return Worker(self, name, crash_at, more)


class Worker:
    """One worker process, killed by its pid and by nothing else."""

    def __init__(self, group: Group, name: str, crash_at: str | None, more: Mapping[str, Any]) -> None:
        self.name = name
        self.crash_at = crash_at
        self.status_file = group.folder / f"{name}.json"
        self.log_file = group.folder / f"{name}.log"
        self.starts = 0
        self._told = {
            "bootstrap": group.bootstrap,
            "prefix": group.prefix,
            "app_id": group.app_id,
            "fold": group.fold,
            "session_timeout_s": group.session_timeout_s,
            "status_file": str(self.status_file),
            **group.more,
            **more,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """A new process; its log goes on in the same file."""
        environment = {key: value for key, value in os.environ.items() if key != "DESKPULSE_CRASH_AT"}
        if self.crash_at is not None:
            environment["DESKPULSE_CRASH_AT"] = self.crash_at
        self.status_file.unlink(missing_ok=True)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker_main", json.dumps(self._told)],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1
        return self

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def wait(self, within_s: float = 20.0) -> int:
        """Its exit code; negative for the signal that killed it."""
        assert self._process is not None
        return self._process.wait(within_s)

    def end(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def status(self) -> WorkerStatus | None:
        try:
            return read(self.status_file)
        except FileNotFoundError:
            return None

    def partitions(self) -> dict[int, PartitionStatus]:
        said = self.status()
        return {} if said is None else {one.partition: one for one in said.partitions}

    def running(self) -> set[int]:
        """The partitions it folds."""
        return {number for number, one in self.partitions().items() if one.state in ("running", "flushing")}

    def log(self) -> list[dict[str, Any]]:
        """Its lines so far."""
        lines = []
        for line in self.log_file.read_text().splitlines() if self.log_file.exists() else []:
            with suppress(json.JSONDecodeError):
                lines.append(json.loads(line))
        return lines

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log() if isinstance(line, dict) and line.get("event") == event]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()


class Supervisor:
    """Starts again what ended, as `deskpulse up` does; a crash point holds for the first start only."""

    def __init__(self, *workers: Worker) -> None:
        self.workers = workers
        self.ended: list[tuple[str, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for worker in self.workers:
                if not worker.is_running and not self._over.is_set():
                    code = worker.wait()
                    self.ended.append((worker.name, code))
                    if code == Exit.REFUSED:
                        return
                    worker.crash_at = None
                    worker.start()

    def __enter__(self) -> Self:
        for worker in self.workers:
            worker.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        for worker in self.workers:
            worker.end()
