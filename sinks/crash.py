"""Named points of the sink at which tests let it die: a no-op unless the environment names one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Literal

Point = Literal["before_insert", "during_insert", "after_insert"]
Crash = Callable[[Point], None]

VARIABLE = "DESKPULSE_CRASH_AT"
"""`<point>:<nth>`: the process kills itself when it reaches the point for the n-th time."""


def nowhere(_point: Point) -> None:
    """The crash of production."""


def from_environment(environment: Mapping[str, str]) -> Crash:
    wanted, _, nth = environment.get(VARIABLE, "").partition(":")
    if not wanted:
        return nowhere
    left = int(nth or "1")

    def crash(point: Point) -> None:
        nonlocal left
        if point != wanted:
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash
