"""Waiting for workers, and for time that nothing announces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.chaos.workers import Worker
from tests.eventually import eventually


def until(predicate: Callable[[], Any], within_s: float, what: str, *workers: Worker) -> None:
    """As `eventually`, with the workers' last lines in the failure."""
    try:
        eventually(predicate, within_s, what)
    except AssertionError as error:
        lines = [f"--- {worker.name}\n" + "\n".join(worker.log_file.read_text().splitlines()[-15:]) for worker in workers]
        raise AssertionError(f"{error}\n" + "\n".join(lines)) from error


def let_pass(seconds: float) -> None:
    """Real time, for what nothing announces: a load that lasts, a process that sleeps."""
    begun_s = time.monotonic()
    eventually(lambda: time.monotonic() - begun_s >= seconds, seconds + 10, "time passes")
