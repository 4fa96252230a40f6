"""Which tickets of an account lapse by themselves if nothing comes, and when. Law: a ticket is here as it was last put."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from streams.tickets.ticket import Ticket
from streams.windows import MINUTE_MS


class Silences:
    def __init__(self) -> None:
        self._ends: dict[str, int] = {}
        self._queue: list[tuple[int, str]] = []
        """Heap of ends and tickets; some no longer so."""

    def put(self, key: str, t: Ticket) -> None:
        """The ticket as it now is."""
        end = t.lapses_at if t.status == "open" else None
        if end is None:
            self._ends.pop(key, None)
        elif self._ends.get(key) != end:
            self._ends[key] = end
            heappush(self._queue, (end, key))

    def next_ms(self) -> int | None:
        """When the first of them lapses."""
        queue = self._queue
        while queue and self._ends.get(queue[0][1]) != queue[0][0]:
            heappop(queue)
        return queue[0][0] if queue else None

    def next_minute(self) -> int | None:
        first = self.next_ms()
        return None if first is None else first // MINUTE_MS

    def take(self, end_ms: int) -> Iterator[str]:
        """Those that lapse before an instant, in the order in which they do; each leaves."""
        while (first := self.next_ms()) is not None and first < end_ms:
            key = heappop(self._queue)[1]
            del self._ends[key]
            yield key
