"""Reads what vendors send as it is, not as it is documented: ids as text or number, null anywhere, unknown fields. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from events.rejected import Reason, Rejected
from ingest.delivery import Delivery

Fields = dict[str, Any]
"""A JSON object."""


def json_object(delivery: Delivery) -> Fields | Rejected:
    """The body as an object, with integers exact."""
    try:
        body = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return delivery.rejected(Reason.NOT_JSON, "$: not JSON in UTF-8; a placeholder may hold an unescaped quote")
    if not isinstance(body, dict):
        return delivery.not_understood("$: expected an object")
    return body


def text(value: object) -> str:
    """An id or a word as text; empty for null, and for what is neither text nor a whole number."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def word(value: object) -> str:
    """A word of an enumeration, compared without case."""
    return text(value).lower()


def inner(fields: Fields, name: str) -> Fields:
    """The object of that name; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Fields]:
    """The objects of a list; what is no list has none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def flag(value: object) -> bool | None:
    """True and false, also as the text a template renders; None for anything else."""
    if isinstance(value, bool):
        return value
    written = word(value)
    if written in {"true", "1", "yes"}:
        return True
    return False if written in {"false", "0", "no"} else None


def names(value: object) -> tuple[str, ...]:
    """A list of tags (or text with blanks or commas between), at most 100 of at most 128 characters each; what is longer is cut."""
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list):
        return ()
    return tuple(tag[:128] for tag in (text(item) for item in value) if tag)[:100]
