"""A token bucket for each source. Pure: the instant is an argument."""

from __future__ import annotations

from ingest.settings import Rate


class Buckets:
    """Takes what is asked for as long as a bucket holds a token, so that one large batch passes and is paid for afterwards."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, source: str, rate: Rate, cost: int, now_s: float) -> float:
        """0 if `cost` was taken; else how long until the source may send again."""
        tokens, since_s = self._buckets.get(source, (rate.burst, now_s))
        tokens = min(rate.burst, tokens + (now_s - since_s) * rate.per_s)
        if cost and tokens < 1:
            self._buckets[source] = (tokens, now_s)
            return (1 - tokens) / rate.per_s
        self._buckets[source] = (tokens - cost, now_s)
        return 0.0
