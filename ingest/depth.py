"""How deeply JSON is nested, before a parser meets it. Pure, linear in the bytes, right for any bytes."""

from __future__ import annotations

import re

# A string is taken whole and without backtracking, also one that never ends: the scan stays linear for hostile bytes.
_TOKEN = re.compile(rb'"(?>[^"\\]+|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def is_deeper(body: bytes, limit: int) -> bool:
    """Whether brackets and braces outside of strings are nested more than `limit` deep."""
    if body.count(b"{") + body.count(b"[") <= limit:
        return False
    depth = 0
    for token in _TOKEN.finditer(body):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
            if depth > limit:
                return True
        elif first in b"]}":
            depth -= 1
    return False
