"""Why a message is not an event, for people: the reason, and the path of the fault. Law: never raises, never repeats a value."""

from __future__ import annotations

import msgspec

from events.rejected import Reason, Rejected


class _Head(msgspec.Struct):
    type: str
    source: str = ""


def rejection(raw: bytes) -> Rejected:
    """For bytes that `codec.decode` could not read."""
    try:
        head = msgspec.json.decode(raw, type=_Head)
    except msgspec.ValidationError:
        return Rejected(raw, Reason.NOT_AN_EVENT, "$: an event is an object with a text `type`")
    except RecursionError:
        return Rejected(raw, Reason.TOO_DEEP, "nested too deeply")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Rejected(raw, Reason.NOT_JSON, "not JSON in UTF-8")
    parts = head.source.split("/")
    account, source = (parts[1], parts[2]) if len(parts) == 3 and not parts[0] else ("", "")
    if not head.type.startswith("deskpulse."):
        return Rejected(raw, Reason.UNKNOWN_TYPE, "$.type: no such type", account, source)
    return Rejected(raw, Reason.INVALID, "does not fit its type", account, source)
