"""Bytes to events and back. Law: any bytes give an Event or a Rejected that holds them; nothing raises for bad input."""

from __future__ import annotations

import re

import msgspec

from events import explain, upcast
from events.rejected import Reason, Rejected
from events.wire import Event

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()
_SOURCE = re.compile(r"/([a-z0-9][a-z0-9_-]{0,62})/([a-z0-9][a-z0-9_-]{0,62})")
MAX_BYTES = 65_536
"""Of one event; a helpdesk's own webhook may be larger, an event holds no text."""


def split_source(source: str) -> tuple[str, str] | None:
    """`/{account}/{source name}` as its two names (lower case, digits, `-` and `_`, 63 at most), or None."""
    found = _SOURCE.fullmatch(source)
    return (found[1], found[2]) if found else None


def decode(raw: bytes) -> Event | Rejected:
    """One record. Older versions of a type are upcast on the way."""
    if len(raw) > MAX_BYTES:
        return Rejected(raw, Reason.TOO_LARGE, f"an event has at most {MAX_BYTES} bytes")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        newer = upcast.to_current(raw)
        return explain.rejection(raw) if newer is None else _decode_upcast(raw, newer)


def _decode_upcast(raw: bytes, newer: bytes) -> Event | Rejected:
    try:
        return _decoder.decode(newer)
    except msgspec.DecodeError:
        return explain.rejection(raw)


def encode(event: Event) -> bytes:
    """Compact JSON, defaults left out, keys in the order of the models: equal events give equal bytes."""
    return _encoder.encode(event)
