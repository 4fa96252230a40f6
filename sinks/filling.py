"""The batches that are being filled, one a partition, and which of them are to be written. Pure: now is handed in."""

from __future__ import annotations

from collections.abc import Callable

from sinks.batch import Batch, BatchPolicy
from sinks.record import Place


class Filling:
    def __init__(self, policy: BatchPolicy) -> None:
        self._policy = policy
        self._batches: dict[Place, Batch] = {}

    def __contains__(self, place: Place) -> bool:
        return place in self._batches

    def size(self, of: Callable[[str], bool] = lambda _: True) -> int:
        """Bytes of these topics."""
        return sum(batch.size for batch in self._batches.values() if of(batch.topic))

    def at(self, place: Place, now_ms: int) -> Batch:
        """The partition's, opened now if there is none."""
        batch = self._batches.get(place)
        if batch is None:
            batch = self._batches[place] = Batch(*place, now_ms)
        return batch

    def take(self, place: Place) -> Batch | None:
        return self._batches.pop(place, None)

    def has_full(self, among: Callable[[Place], bool]) -> bool:
        return any(batch.is_full(self._policy) and among(place) for place, batch in self._batches.items())

    def due(self, now_ms: int, *, is_tight: bool = False) -> list[Place]:
        """Of a topic all that is there as soon as one has waited long enough: inserts into one table that meet are cheapest.

        Everything where memory is tight.
        """
        late = {topic for (topic, _), batch in self._batches.items() if batch.is_late(self._policy, now_ms)}
        return [place for place, batch in self._batches.items() if is_tight or place[0] in late or batch.is_full(self._policy)]
