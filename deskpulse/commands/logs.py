"""Where the log of a part goes: standard error, one line an entry."""

from __future__ import annotations

import logging


def to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for each request would drown the rest.
    logging.getLogger("httpx").setLevel(logging.WARNING)
