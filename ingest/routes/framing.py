"""CloudEvents' three ways through HTTP: structured, batched, and binary (attributes in headers). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from urllib.parse import unquote

import msgspec


class Mode(Enum):
    STRUCTURED = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    JSON = "application/json"
    """One event, or an array of them."""
    BINARY = "application/json with ce-specversion"


_ATTRIBUTES = ("specversion", "id", "source", "subject", "time", "type", "vendor")


def mode_of(headers: Mapping[str, str]) -> Mode | None:
    """None for a content type that is not taken."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == Mode.JSON.value and "ce-specversion" in headers:
        return Mode.BINARY
    return next((mode for mode in (Mode.STRUCTURED, Mode.BATCH, Mode.JSON) if mode.value == media), None)


def element(mode: Mode, headers: Mapping[str, str], body: bytes) -> bytes:
    """The event in structured form. Bytes that are no JSON stay what they are, for the one who judges them."""
    if mode is not Mode.BINARY:
        return body
    try:
        data = msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    attributes = {name: unquote(headers[f"ce-{name}"]) for name in _ATTRIBUTES if f"ce-{name}" in headers}
    return msgspec.json.encode({**attributes, "data": data})
