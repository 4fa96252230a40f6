"""Which partition holds an account: murmur2 of its name, as Kafka's Java client counts it."""

from __future__ import annotations

import struct

_M = 0x5BD1E995
_32_BITS = 0xFFFFFFFF


def place(account: str, partitions: int) -> int:
    name = account.encode()
    h = 0x9747B28C ^ len(name)
    words, tail = divmod(len(name), 4)
    for (word,) in struct.iter_unpack("<I", name[: 4 * words]):
        k = word * _M & _32_BITS
        k = (k ^ k >> 24) * _M & _32_BITS
        h = h * _M & _32_BITS ^ k
    if tail:
        for index, byte in enumerate(name[4 * words :]):
            h ^= byte << 8 * index
        h = h * _M & _32_BITS
    h = (h ^ h >> 13) * _M & _32_BITS
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions
