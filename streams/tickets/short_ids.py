"""Event ids in a packed ticket that are UUIDs, as 16 bytes instead of 36 letters: these no compression makes much smaller.

In each id's place stands a byte that the ticket has nowhere else. Behind the ticket stand the ids, how many they are, and that
byte. Searches of a whole ticket are what it costs, so there are few.
"""

from __future__ import annotations

import re
from binascii import unhexlify

_LONG = b"\xd9\x24"
"""Begins a string of 36 bytes in msgpack; it may also stand within anything else."""
_LETTERS, _BYTES, _MOST = 36, 16, 255
_UUIDS = re.compile(rb"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})+")
_MARKS = tuple(bytes((byte,)) for byte in (0xC1, *range(0xE0, 0xFE)))
"""Rare in a ticket: the first begins nothing in msgpack and stands in no text."""
_AS_IT_WAS = b"\x00"


def shorten(packed: bytes) -> bytes:
    """Law: `restore(shorten(packed)) == packed`, for any bytes. All ids are shortened, or none."""
    first, *others = packed.split(_LONG)
    ids = b"".join([each[:_LETTERS] for each in others])
    if len(ids) == _LETTERS * len(others) and len(others) <= _MOST and _UUIDS.fullmatch(ids):
        for mark in _MARKS:
            if mark not in packed:
                marked = mark.join([first, *[each[_LETTERS:] for each in others]])
                return b"".join((marked, unhexlify(ids.replace(b"-", b"")), bytes((len(others),)), mark))
    return packed + _AS_IT_WAS


def restore(short: bytes) -> bytes:
    if short.endswith(_AS_IT_WAS):
        return short[:-1]
    marked = short[: -2 - _BYTES * short[-2]]
    first, *others = marked.split(short[-1:])
    ids = short[len(marked) : -2].hex()
    found = [first]
    for n, each in enumerate(others):
        h = ids[2 * _BYTES * n : 2 * _BYTES * (n + 1)]
        found.append(_LONG + f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}".encode() + each)
    return b"".join(found)
