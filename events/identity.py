"""A fact's identity: a hash of the whole fact and of what it is said of, without sign and version. Pure.

Law: a retraction has the id of its assertion, and facts that differ in anything have different ids. So the bytes that are hashed stand
still: a field appended to `Fact` or `Facts` enters the hash only where it differs from its default, or facts asserted before it could
never be retracted. A test pins ids of today.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.derived import Fact, Facts

_encoder = msgspec.msgpack.Encoder()
_BYTES = 8


def identify(account: str, source: str, ticket: str, said_of: Facts) -> Callable[[Fact], int]:
    """The function that gives the id, a UInt64, of each fact under this header."""
    head = (
        account,
        source,
        ticket,
        said_of.opened_at,
        said_of.opened_hour,
        said_of.brand,
        said_of.language,
        said_of.tier,
        said_of.tags,
    )
    begun = blake2b(_encoder.encode(head), digest_size=_BYTES)
    encode = _encoder.encode

    def fact_id(fact: Fact) -> int:
        hashing = begun.copy()
        hashing.update(encode(fact))
        return int.from_bytes(hashing.digest(), "big")

    return fact_id
