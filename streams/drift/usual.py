"""What the mean usually is: the spread of the baseline's half hours, for the reader of an alert."""

from __future__ import annotations

from streams.drift.detector import Detector, Episode
from streams.windows import LIVE_MINUTES

Usual = tuple[int, int]
"""10th and 90th percentile, nearest rank, of the blocks' means in ms."""
_FEWEST = 5


def usual(d: Detector, episode: Episode) -> Usual | None:
    """Over the baseline as of firing, cut backwards into whole blocks as long as the window; None if too few tell enough."""
    if d.rule.baseline_ms is not None:
        return None
    width = d.rule.window_minutes
    means: list[int] = []
    end = episode.opened - width
    while end - width >= episode.opened - LIVE_MINUTES:
        n = s = 0
        for minute in range(end - width + 1, end + 1):
            cell = d.minutes.get(minute)
            if cell is not None and not d.is_held_out(minute):
                n += cell[0]
                s += cell[1]
        if n >= d.rule.n_min:
            means.append(s // n)
        end -= width
    if len(means) < _FEWEST:
        return None
    means.sort()
    k = len(means)
    return means[-(-k // 10) - 1], means[-(-9 * k // 10) - 1]
