"""How deeply JSON may be nested: the same for every caller, where the decoder's own limit depends on how deep the call stack is."""

from __future__ import annotations

import re

MAX_DEPTH = 192
"""Of objects and arrays in one event, ignored fields included. pydantic's parser ends at 200."""
SHALLOW_BYTES = 2 * MAX_DEPTH
"""JSON of at most this length cannot be too deep: each level has two brackets."""

# Possessive, and a string that never ends is one too: tried again at each of its quotes, 60 kB of them took 40 s.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_OPENING = b"[{"
_BRACKETS = re.compile(rb"[\[\]{}]")


def is_too_deep(raw: bytes, most: int = MAX_DEPTH) -> bool:
    """Of well-formed JSON; of anything else it says something, and never raises. Linear in the bytes, whatever they are."""
    if len(raw) <= most or raw.count(b"[") + raw.count(b"{") <= most:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in _OPENING else -1
        if depth > most:
            return True
    return False
