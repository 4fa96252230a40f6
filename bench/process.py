"""Processes under measurement: started, waited for, ended by their id."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.lab import until
from streams.status import read

_ROOT = Path(__file__).resolve().parents[1]


class DiedError(Exception):
    """A process that was to be measured ended; the message has the end of what it said."""


@contextmanager
def running(module: str, arguments: Sequence[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m module`, gone after the block."""
    with output.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def alive(process: subprocess.Popen[bytes], output: Path) -> None:
    if process.poll() is not None:
        lines = output.read_text(errors="replace").splitlines()[-8:]
        raise DiedError(f"ended with {process.returncode}: " + "\n".join(lines))


def written(process: subprocess.Popen[bytes], file: Path, output: Path, within_s: float) -> dict[str, Any]:
    """The JSON that the process writes when it is done."""

    def found() -> dict[str, Any] | None:
        if file.exists():
            return dict(json.loads(file.read_text(encoding="utf-8")))
        alive(process, output)
        return None

    return until(found, within_s, f"{file.name} of a process under measurement")


def drained(
    bootstrap: str, prefix: str, ends: Sequence[int], folder: Path, clock_ms: int | None, within_s: float
) -> dict[str, Any]:
    """One real worker folds all of a log; the answer is where its CPU time went (`worker_main.Marks`)."""
    marks, status, output = folder / f"{prefix}marks.json", folder / f"{prefix}status.json", folder / f"{prefix}worker.log"
    told = {"bootstrap": bootstrap, "prefix": prefix, "marks": str(marks), "status": str(status), "clock_ms": clock_ms}
    with running("bench.worker_main", [json.dumps(told)], output) as process:

        def done() -> bool | None:
            alive(process, output)
            if not status.exists():
                return None
            positions = {one.partition: one.position for one in read(status).partitions}
            return True if all(positions.get(number, -1) >= end - 1 for number, end in enumerate(ends)) else None

        until(done, within_s, "the worker has folded the whole log")
        return dict(json.loads(marks.read_text(encoding="utf-8")))
