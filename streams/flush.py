"""When to flush. Pure: the time is handed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlushPolicy:
    """A flush is due at so many results, or so long after the last one."""

    max_results: int
    max_wait_ms: int

    def is_due(self, results: int, opened_at_ms: int, now_ms: int) -> bool:
        """`opened_at_ms` is when the last flush began: after a quiet time the first event is flushed at once."""
        return results >= self.max_results or now_ms - opened_at_ms >= self.max_wait_ms

    def wait_ms(self, opened_at_ms: int, now_ms: int) -> int:
        """How long until time alone makes it due."""
        return max(0, opened_at_ms + self.max_wait_ms - now_ms)


@dataclass(frozen=True, slots=True)
class FlushPolicies:
    """Keeping up, at most five flushes a second; behind, larger ones: a ticket that changed five times is one record.

    Nobody waits for what is 20,000 records late; a crash then folds some seconds again. What is folded between two flushes
    are objects, some 1.5 kB an event.
    """

    live: FlushPolicy = FlushPolicy(max_results=20_000, max_wait_ms=200)
    behind: FlushPolicy = FlushPolicy(max_results=100_000, max_wait_ms=15_000)
    behind_from: int = 20_000
    """Records between the position and the log's end."""

    def of(self, lag: int) -> FlushPolicy:
        return self.behind if lag >= self.behind_from else self.live
