"""An event's `source`: whose it is, and from which of their helpdesks or shops."""

from __future__ import annotations

import re

_SOURCE = re.compile(r"/([a-z0-9][a-z0-9_-]{0,62})/([a-z0-9][a-z0-9_-]{0,62})")


def split_source(source: str) -> tuple[str, str] | None:
    """`/{account}/{source name}` as its two names (lower case, digits, `-` and `_`, 63 at most), or None."""
    found = _SOURCE.fullmatch(source)
    return (found[1], found[2]) if found else None
