"""When reference cycles are looked for. Results and state hold none, but walking through them was half of a worker's time.

So Python does not look by itself: the worker does, once a minute, which finds what its clients leave behind.
"""

from __future__ import annotations

import gc

EVERY_S = 60.0


def by_hand() -> None:
    """From here on only `collect` looks; what has been imported by now is never looked through."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect() -> None:
    gc.collect()
