"""How a worker ends: what its supervisor reads."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    STOPPED = 0
    """Asked to, and everything was committed or can be folded again."""
    BUG = 70
    """A fold raised, or something else that is our fault. Starting again is right: the third death is quarantined."""
    AGAIN = 75
    """The world's trouble: stuck, fenced, no broker. Start again."""
    REFUSED = 78
    """Somebody must act first; the log says what to do."""
