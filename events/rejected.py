"""A message that cannot become an event: its bytes, and one reason of a closed list. Bad input is a value, never an exception."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why; part of every dead letter and of the gateway's answers."""

    NOT_JSON = "not_json"
    NOT_AN_EVENT = "not_an_event"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    WRONG_PARTITION = "wrong_partition"
    FUTURE = "future"
    TOO_OLD = "too_old"
    SEALED = "sealed"
    POISON = "poison"
    STALE = "stale"
    NOT_UNDERSTOOD = "not_understood"
    BAD_ROW = "bad_row"


class Rejected(Struct, frozen=True):
    """`raw` is what arrived, byte for byte; `error` says where and what was expected, and never repeats a value."""

    raw: bytes
    reason: Reason
    error: str
    account: str = ""
    source: str = ""
