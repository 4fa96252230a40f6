"""What is supervised, and the states it passes through. No process, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum


class Stage(IntEnum):
    """Later stages need earlier ones: started upwards, ended downwards."""

    BROKER = 0
    DATABASE = 1
    SERVICE = 2


class State(Enum):
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    REFUSED = "refused"
    """It said that somebody must act first: starting it again would change nothing."""
    ENDING = "ending"
    ENDED = "ended"


REFUSED_CODE = 78
"""With which a part says so (EX_CONFIG)."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    arguments: tuple[str, ...]
    """Of the command line, after the interpreter."""
    stage: Stage
    is_ready: Callable[[], bool] | None = None
    """Asked until it says yes once per start; None: it is ready when it runs."""
    end_within_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a part that died is started again. Calm forgives: a part that ran long starts anew at once."""

    first_s: float = 0.3
    most_s: float = 15.0
    calm_s: float = 30.0

    def wait_s(self, deaths_in_a_row: int) -> float:
        return min(self.first_s * 2.0 ** min(deaths_in_a_row - 1, 16), self.most_s)

    def deaths_in_a_row(self, before: int, ran_s: float) -> int:
        return 1 if ran_s >= self.calm_s else before + 1
