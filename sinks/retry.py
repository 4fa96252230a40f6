"""When to try again: attempt -> delay, or give up. Pure: chance comes in from outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double up to a longest one. With `attempts` it gives up after so many; without, never."""

    first_ms: int = 200
    longest_ms: int = 10_000
    attempts: int | None = None

    def delay_ms(self, failed: int, chance: float = 0.0) -> int | None:
        """The wait after the `failed`-th failure in a row (from 1), up to a quarter longer by chance; None: give up."""
        if self.attempts is not None and failed >= self.attempts:
            return None
        wait_ms = self.longest_ms if failed > 30 else min(self.longest_ms, self.first_ms << (failed - 1))
        return wait_ms + int(wait_ms * chance / 4)


_S, _M, _H = 1_000, 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Attempts at fixed distances from the first one: those of Standard Webhooks, over a day."""

    at_ms: tuple[int, ...] = (0, 5 * _S, 5 * _M, 30 * _M, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)

    def delay_ms(self, failed: int, asked_ms: int = 0, chance: float = 0.0) -> int | None:
        """The wait after the `failed`-th failure (from 1), longer if the receiver asked for it (Retry-After); None: give up.

        Up to a tenth longer by chance, so that a receiver that comes back is not met by everybody at once.
        """
        if failed >= len(self.at_ms):
            return None
        wait_ms = self.at_ms[failed] - self.at_ms[failed - 1]
        wait_ms += int(wait_ms * chance / 10)
        return max(wait_ms, min(asked_ms, 24 * _H))
