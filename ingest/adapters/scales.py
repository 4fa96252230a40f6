"""Ratings as vendors write them, to a whole number on a scale. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple


class Rating(NamedTuple):
    value: int
    scale_min: int
    scale_max: int


# Words, and codes that are an order and not a quantity, from worst to best.
_WORDS: dict[str, dict[str, int]] = {
    "good_bad": {"bad": 0, "good": 1},
    "thumbs": {"down": 0, "up": 1},
    "great_okay_bad": {"bad": 0, "not_good": 0, "okay": 1, "great": 2},
    "freshdesk": {"-103": 0, "-102": 1, "-101": 2, "100": 3, "101": 4, "102": 5, "103": 6},
}
_RANGE = re.compile(r"(-?\d{1,4})-(-?\d{1,4})", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,4}", re.ASCII)


def rating(written: str, scale: str) -> Rating | None:
    """On a scale with a name, or one written as its ends (`1-5`); None where rating or scale say nothing."""
    written = written.lower()
    if (words := _WORDS.get(scale.lower())) is not None:
        value = words.get(written)
        return None if value is None else Rating(value, 0, max(words.values()))
    ends = _RANGE.fullmatch(scale)
    if ends is None or not _WHOLE.fullmatch(written):
        return None
    value, low, high = int(written), int(ends[1]), int(ends[2])
    return Rating(value, low, high) if -1000 <= low <= value <= high <= 1000 and low < high else None
