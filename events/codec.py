"""Bytes to events and back. Law: any bytes give an Event or a Rejected that holds them; nothing raises for bad input."""

from __future__ import annotations

import msgspec

from events import explain, upcast
from events.depth import SHALLOW_BYTES, is_too_deep
from events.rejected import Reason, Rejected
from events.source import split_source
from events.wire import Event

__all__ = ["MAX_BYTES", "decode", "encode", "split_source"]

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()
MAX_BYTES = 65_536
"""Of one event; a helpdesk's own webhook may be larger, an event holds no text."""


def decode(raw: bytes) -> Event | Rejected:
    """One record. Older versions of a type are upcast on the way."""
    if len(raw) > MAX_BYTES:
        return Rejected(raw, Reason.TOO_LARGE, f"an event has at most {MAX_BYTES} bytes")
    if len(raw) > SHALLOW_BYTES and is_too_deep(raw):
        return explain.rejection(raw)
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        newer = upcast.to_current(raw)
        return explain.rejection(raw) if newer is None else _decoder.decode(newer)


def encode(event: Event) -> bytes:
    """Compact JSON that decodes to an equal event. Fields that have their default may be left out."""
    return _encoder.encode(event)
