"""Event ids in a packed ticket that are UUIDs, as 16 bytes instead of 36 letters: these no compression makes much smaller.

A shortened ticket is still msgpack, with a small negative number in each id's place. Behind it stand the ids, how many they
are, and that number. Whole searches of a ticket are what it costs, so there is one for more than a byte.
"""

from __future__ import annotations

import re
from binascii import unhexlify

_LONG = b"\xd9\x24"
"""Begins a string of 36 bytes in msgpack; it may also stand within anything else."""
_LETTERS, _BYTES, _MOST = 36, 16, 255
_UUIDS = re.compile(rb"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})+")
_MARKS = tuple(bytes((byte,)) for byte in range(0xE0, 0xFE))
"""-32 to -3 in msgpack; what stands nowhere in a ticket can mark a place in it."""
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


def readable(short: bytes) -> bytes:
    """Msgpack with the same head."""
    return short[:-1] if short.endswith(_AS_IT_WAS) else short[: -2 - _BYTES * short[-2]]


def restore(short: bytes) -> bytes:
    marked = readable(short)
    if short.endswith(_AS_IT_WAS):
        return marked
    first, *others = marked.split(short[-1:])
    ids = short[len(marked) : -2].hex()
    found = [first]
    for n, each in enumerate(others):
        h = ids[2 * _BYTES * n : 2 * _BYTES * (n + 1)]
        found.append(_LONG + f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}".encode() + each)
    return b"".join(found)
