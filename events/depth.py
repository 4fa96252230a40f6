"""How deeply JSON may be nested: the same for every caller, where the decoder's own limit depends on how deep the call stack is."""

from __future__ import annotations

import re

MAX_DEPTH = 192
"""Of objects and arrays in one event, ignored fields included. pydantic's parser ends at 200."""
SHALLOW_BYTES = 2 * MAX_DEPTH
"""JSON of at most this length cannot be too deep: each level has two brackets."""

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_OPENING = b"[{"
_BRACKETS = re.compile(rb"[\[\]{}]")


def is_too_deep(raw: bytes) -> bool:
    """Of well-formed JSON; of anything else it says something, and never raises."""
    if len(raw) <= SHALLOW_BYTES or raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in _OPENING else -1
        if depth > MAX_DEPTH:
            return True
    return False
