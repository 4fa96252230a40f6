"""How often this process looks for garbage."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Of this process. Rows hold no cycles, and looking for some takes a third of the time that building them does."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
