"""Ids in packed tickets, shortened and back."""

from __future__ import annotations

from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.tickets.short_ids import restore, shorten

ids = st.uuids().map(str) | st.sampled_from(["d924b6d8-24d8-4825-ace5-06ef0eafd9d8", "D752B613-D27C-4825-ACE5-06EF0EAFD90A"])
pieces = ids.map(lambda name: b"\xd9\x24" + name.encode()) | st.sampled_from(
    [b"\xd9\x24", b"\xd8\x24", b"\xd9", b"\xd8", b"\x24", b"a"]
)


marks = st.sampled_from([bytes([byte]) for byte in range(0xE0, 0x100)])


@given(st.lists(pieces | marks).map(b"".join) | st.binary())
def test_any_bytes_come_back_as_they_were(packed: bytes) -> None:
    assert restore(shorten(packed)) == packed


def test_uuids_are_shortened() -> None:
    packed = msgspec.msgpack.encode(["head", 7, [str(UUID(int=number)) for number in range(10)]])
    short = shorten(packed)
    assert len(short) == len(packed) - 10 * (38 - 1 - 16) + 2
    assert restore(short) == packed


def test_without_a_free_mark_or_with_too_many_ids_nothing_is_shortened() -> None:
    one = msgspec.msgpack.encode([str(UUID(int=1)), bytes(range(256))])
    many = msgspec.msgpack.encode([str(UUID(int=number)) for number in range(256)])
    for packed in (one, many):
        assert len(shorten(packed)) == len(packed) + 1
        assert restore(shorten(packed)) == packed


def test_an_id_that_is_no_uuid_stays() -> None:
    packed = msgspec.msgpack.encode(["0" * 36, str(UUID(int=1))])
    assert restore(shorten(packed)) == packed
    assert len(shorten(packed)) == len(packed) + 1
