"""The fold worker as it is, in a process of its own that also notes where its CPU time went. Its orders come as JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from streams.crash_points import CrashPoint
from streams.partition import Partition
from streams.results import Result, Source
from streams.settings import WorkerSettings
from streams.worker import run


class Marks:
    """Nanoseconds of CPU since the first partition was taken, written down after every commit."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begun: dict[str, int] = {}
        self._begun_ns = -1
        self.fold_ns = 0
        self.results_ns = 0
        self.events = 0
        self.results: dict[str, int] = {}
        self.result_bytes = 0

    def begin(self) -> None:
        if self._begun_ns < 0:
            self._begun, self._begun_ns = _threads(), time.process_time_ns()

    def reached(self, point: CrashPoint) -> None:
        """The shell's seam for tests, called once a commit: nothing crashes here."""
        if point != "before_ack":
            return
        threads: dict[str, int] = {}
        for name, spent_ns in _threads().items():
            kind = name.partition("/")[0]
            threads[kind] = threads.get(kind, 0) + spent_ns - self._begun.get(name, 0)
        told = {
            "cpu_ns": time.process_time_ns() - self._begun_ns,
            "fold_ns": self.fold_ns,
            "results_ns": self.results_ns,
            "events": self.events,
            "results": self.results,
            "result_bytes": self.result_bytes,
            "threads_ns": threads,
        }
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(self._file)


def _threads() -> dict[str, int]:
    """Of every thread, by kind and id: its CPU time."""
    python = {thread.native_id: thread.name for thread in threading.enumerate()}
    found = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            spent_ns = int((task / "schedstat").read_text().split()[0])
            name = python.get(int(task.name)) or (task / "comm").read_text().strip()
        except OSError:
            continue  # it has ended meanwhile
        found[f"{_kind(name)}/{task.name}"] = spent_ns
    return found


def _kind(name: str) -> str:
    if name == "MainThread":
        return "loop"
    if name.startswith(("rdk:", "commit")):
        return "producer"
    return "load" if name.startswith("load") else "others"


def main(text: str) -> None:
    told = json.loads(text)
    marks = Marks(Path(told["marks"]))

    class Measured(Partition):
        def __init__(self, number: int, partitions: int) -> None:
            marks.begin()
            super().__init__(number, partitions)

        def fold(self, records: Sequence[Source]) -> None:
            began_ns = time.thread_time_ns()
            super().fold(records)
            marks.fold_ns += time.thread_time_ns() - began_ns
            marks.events += len(records)

        def results(self) -> list[Result]:
            began_ns = time.thread_time_ns()
            said = super().results()
            marks.results_ns += time.thread_time_ns() - began_ns
            for result in said:
                marks.results[result.topic] = marks.results.get(result.topic, 0) + 1
                marks.result_bytes += len(result.key) + len(result.value or b"")
            return said

    clock_ms = told.get("clock_ms")
    run(
        WorkerSettings(
            bootstrap=told["bootstrap"],
            prefix=told["prefix"],
            app_id=told["prefix"] + "deskpulse",
            fold_factory=Measured,
            # A clock that stands still before the log makes no tick due while it is measured.
            clock_ms=(lambda: time.time_ns() // 1_000_000) if clock_ms is None else (lambda: int(clock_ms)),
            status_file=Path(told["status"]),
            status_every_ms=200,
            crash_points=marks,
        )
    )


if __name__ == "__main__":
    os.environ.pop("DESKPULSE_CLOCK", None)
    main(sys.argv[1])
