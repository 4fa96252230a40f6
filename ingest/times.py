"""Instants as vendors write them, to epoch milliseconds, and milliseconds to the canonical `time`. No clock, no I/O.

Law: what `canonical` gives has whole milliseconds and is in UTC, so equal instants give equal bytes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999, where RFC 3339 ends."""

_MS = timedelta(milliseconds=1)
_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)? ?(?:([Zz]|UTC|GMT)|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)


def parse_ms(text: str) -> int | None:
    """Epoch ms of a written instant; None for anything else.

    RFC 3339 with 0 to 9 digits of a second, and what vendors make of it: no seconds, an offset without a colon, a space for
    the `T`, and no offset at all (then UTC). Rounded to the nearest millisecond, half up.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, digits, _utc, sign, off_hours, off_minutes = found.groups()
    offset_min = int(off_hours) * 60 + int(off_minutes) if sign else 0
    if offset_min >= 24 * 60:
        return None
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    nanos = int((digits or "").ljust(9, "0"))
    ms = (whole - EPOCH) // _MS + (nanos + 500_000) // 1_000_000 - (-offset_min if sign == "-" else offset_min) * 60_000
    return ms if 0 <= ms <= LATEST_MS else None


def instant_ms(instant: datetime) -> int | None:
    """Epoch ms of an instant with a zone, rounded half up; None before 1970 and after 9999."""
    ms = (instant - EPOCH + _MS / 2) // _MS
    return ms if 0 <= ms <= LATEST_MS else None


def canonical(ms: int) -> datetime:
    """For an event's `time`: codec writes it as RFC 3339 in UTC, with milliseconds or none."""
    return EPOCH + timedelta(milliseconds=ms)
