"""Named places at which a crash must do no harm. In production they do nothing; a test hands in one that kills the process."""

from __future__ import annotations

from typing import Literal, Protocol

CrashPoint = Literal["during_load", "after_fold", "inside_commit", "before_ack", "during_drain", "during_tick"]


class CrashPoints(Protocol):
    def reached(self, point: CrashPoint) -> None: ...


class NoCrash:
    """Nothing happens."""

    def reached(self, point: CrashPoint) -> None:
        pass
