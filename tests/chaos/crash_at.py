"""Kills its own process at a named point: `<point>:<nth>`, the nth time it is reached."""

from __future__ import annotations

import os
import signal
import threading


class CrashAt:
    def __init__(self, point: str, nth: int) -> None:
        self._point = point
        self._left = nth
        self._lock = threading.Lock()

    @classmethod
    def parse(cls, text: str) -> CrashAt:
        point, _, nth = text.partition(":")
        return cls(point, int(nth or 1))

    def reached(self, point: str) -> None:
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
