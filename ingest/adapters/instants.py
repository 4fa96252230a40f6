"""Instants that vendors write as numbers, or now as a number and now as text. Pure; None for what is no instant."""

from __future__ import annotations

from ingest import times
from ingest.adapters.reading import text

_MOST_DIGITS = 17
"""Of a number in text: enough for any year, and few enough to convert at once."""
_FROM_MS = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: what is larger counts milliseconds."""


def epoch_ms(value: object) -> int | None:
    """Milliseconds since 1970, as a whole number or its digits."""
    written = text(value) if not isinstance(value, int) else value
    if isinstance(written, str):
        if not (written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS):
            return None
        written = int(written)
    return written if not isinstance(value, bool) and 0 <= written <= times.LATEST_MS else None


def epoch_s(value: object) -> int | None:
    """Seconds since 1970 with or without a fraction, to the nearest millisecond."""
    if isinstance(value, float):
        return int(value * 1000 + 0.5) if 0 <= value * 1000 <= times.LATEST_MS else None
    whole = epoch_ms(value)
    return None if whole is None or whole * 1000 > times.LATEST_MS else whole * 1000


def instant(value: object) -> int | None:
    """Of a field whose form drifts: RFC 3339 and its relatives, seconds, or milliseconds."""
    if isinstance(value, str) and (written := times.parse_ms(value)) is not None:
        return written
    number = epoch_ms(value)
    return number if number is not None and number >= _FROM_MS else epoch_s(value)


def first(*found: int | None) -> int | None:
    """The first that is an instant."""
    return next((one for one in found if one is not None), None)
