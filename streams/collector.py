"""How often this process looks for reference cycles."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Of this process. State and results hold no cycles, and looking for some took half of the time that folding does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
