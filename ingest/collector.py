"""How this process looks for reference cycles."""

from __future__ import annotations

import gc


def collect_what_is_new() -> None:
    """Of this process, once it stands: a look at everything that was imported takes 12 ms, and every answer waits for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
