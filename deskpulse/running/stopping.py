"""Ctrl-C and SIGTERM as a flag that is looked at: nothing is interrupted half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Raised by `check` while something is being brought up."""


class Stopping:
    def __init__(self) -> None:
        self._asked = threading.Event()

    def is_asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        return self._asked.wait(seconds)

    def check(self) -> None:
        if self._asked.is_set():
            raise Stopped

    def ask(self) -> None:
        self._asked.set()


@contextmanager
def on_signals() -> Iterator[Stopping]:
    """Within: SIGINT, SIGTERM and a closed terminal ask to stop. More of them change nothing; ending has its deadlines."""
    stopping = Stopping()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stopping.ask()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
