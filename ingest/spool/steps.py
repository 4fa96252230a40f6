"""Named points at which a crash must lose nothing that was answered. In production they do nothing; tests kill the process there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Step = Literal["before_write", "after_write", "after_fsync", "during_drain", "before_delete"]
Reached = Callable[[Step], None]


def nowhere(_step: Step) -> None:
    """Nothing happens."""
