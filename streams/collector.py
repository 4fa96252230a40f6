"""How often this process looks for reference cycles."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 1_000_000
"""More than the flushes of a worker's partitions leave between them, so that what a flush lets go of is never walked through."""


def collect_rarely() -> None:
    """Of this process. State and results hold no cycles, and looking for some took half of the time that folding does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
