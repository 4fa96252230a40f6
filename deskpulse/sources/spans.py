"""Spans of time as people say them: at most two units. Pure."""

from __future__ import annotations

_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def span(length_ms: float) -> str:
    """Rounded down, so that an age is never told as more than it is. Below zero it is told as zero."""
    whole = max(0, int(length_ms))
    if whole < 10 * _SECOND_MS:
        return f"{whole // 100 / 10:g} s"
    if whole < _MINUTE_MS:
        return f"{whole // _SECOND_MS} s"
    if whole < _HOUR_MS:
        return _two(whole, _MINUTE_MS, "min", _SECOND_MS, "s")
    if whole < 2 * _DAY_MS:
        return _two(whole, _HOUR_MS, "h", _MINUTE_MS, "min")
    return f"{whole // _DAY_MS} d"


def _two(whole: int, large_ms: int, large: str, small_ms: int, small: str) -> str:
    rest = whole % large_ms // small_ms
    return f"{whole // large_ms} {large}" + (f" {rest} {small}" if rest else "")
