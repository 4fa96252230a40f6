"""How much of what is not stored yet may be held at once. Pure."""

from __future__ import annotations

ALL_BYTES = 64 << 20
LEAST_BYTES = 8 << 20


def is_tight(well_bytes: int, troubled_bytes: int) -> bool:
    """Topics in trouble are paused and grow no more: they leave the others less, but always some."""
    return well_bytes >= max(ALL_BYTES - troubled_bytes, LEAST_BYTES)
