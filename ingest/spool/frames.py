"""Records as the bytes of a spool's file, and back. Pure.

A frame is a length and a CRC-32 of four bytes each, big-endian, then the record as MessagePack. The checksum covers the length too, so
that a tail of zeros, as a power loss leaves it, is no frame.

Laws: everything before the first damage is read, and nothing that was not written is. Reading stops there: a record holds bytes that
strangers chose, and looking for the next frame among them would find whatever they put there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from zlib import crc32

import msgspec

from ingest.record import Record, Topic

_HEAD = struct.Struct(">II")
_LENGTH = struct.Struct(">I")
_VERSION = 1

_encode = msgspec.msgpack.Encoder().encode


class UnknownFrameError(ValueError):
    """A frame that is whole and that this release did not write."""


class _Kept(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The partition is not kept: it follows from the account, and without a broker nobody knows how many there are."""

    version: int
    topic: Topic
    account: str
    key: bytes
    value: bytes
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]


_decoder = msgspec.msgpack.Decoder(_Kept)


@dataclass(frozen=True, slots=True)
class Read:
    records: list[Record]
    good_bytes: int
    """From the start to the end of the last whole frame; what is behind it is damaged."""


def encode(record: Record) -> bytes:
    kept = _Kept(_VERSION, record.topic, record.account, record.key, record.value, record.timestamp_ms, record.headers)
    payload = _encode(kept)
    return _HEAD.pack(len(payload), _checksum(payload)) + payload


def decode(data: bytes) -> Read:
    """Raises UnknownFrameError where a frame is whole but not of this form: to cut it off would lose it."""
    records: list[Record] = []
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        payload = data[at + _HEAD.size : end]
        if len(payload) != length or _checksum(payload) != checksum:
            break
        records.append(_record(payload))
        at = end
    return Read(records, at)


def _checksum(payload: bytes) -> int:
    return crc32(payload, crc32(_LENGTH.pack(len(payload))))


def _record(payload: bytes) -> Record:
    try:
        kept = _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnknownFrameError from error
    if kept.version != _VERSION:
        raise UnknownFrameError
    return Record(kept.topic, kept.account, kept.key, kept.value, kept.timestamp_ms, kept.headers)
