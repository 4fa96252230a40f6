"""What keeps the sink from going on, and when it tries again: of each topic for itself. Pure: now is handed in."""

from __future__ import annotations

from dataclasses import dataclass

from sinks.retry import Backoff


@dataclass(slots=True)
class _Met:
    why: str
    attempts: int
    again_at_ms: int


class Trouble:
    """Keyed by what cannot go on: a topic, or whatever else its owner tries again and again."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._met: dict[str, _Met] = {}

    def __contains__(self, what: str) -> bool:
        return what in self._met

    @property
    def named(self) -> frozenset[str]:
        return frozenset(self._met)

    @property
    def why(self) -> str:
        """Of what failed last; empty where all goes well."""
        return next(reversed(self._met.values())).why if self._met else ""

    def met(self, what: str, why: str, now_ms: int) -> bool:
        """It failed. True if that is news: the first failure, or another reason than before."""
        before = self._met.pop(what, None)
        attempts = before.attempts if before else 0
        if before and now_ms < before.again_at_ms:
            again_at_ms = before.again_at_ms  # of the same attempt another part failed
        else:
            attempts += 1
            again_at_ms = now_ms + (self._backoff.delay_ms(attempts) or 0)
        self._met[what] = _Met(why, attempts, again_at_ms)
        return before is None or before.why != why

    def is_waiting(self, what: str, now_ms: int) -> bool:
        return what in self._met and now_ms < self._met[what].again_at_ms

    def passed(self, what: str) -> int:
        """The attempts that it took; 0 if there was no trouble."""
        met = self._met.pop(what, None)
        return met.attempts if met else 0
