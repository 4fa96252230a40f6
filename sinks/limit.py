"""How many dead letters a sink writes before it stops: one bad deploy must not turn the whole log into letters. Pure."""

from __future__ import annotations

from collections import deque

from sinks.faults import TooManyLettersError

_HOUR_MS = 3_600_000


class LetterLimit:
    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._written_ms: deque[int] = deque()

    def check(self, more: int, error: str, now_ms: int) -> None:
        """A TooManyLettersError if `more` letters would be too many now."""
        while self._written_ms and self._written_ms[0] <= now_ms - _HOUR_MS:
            self._written_ms.popleft()
        if len(self._written_ms) + more > self._per_hour:
            raise TooManyLettersError(self._per_hour, error)

    def written(self, letters: int, now_ms: int) -> None:
        self._written_ms.extend([now_ms] * letters)
