"""Batches on their way into the store: a lane for each topic, so that no table waits for the insert into another.

Law: of a partition one batch is on its way at a time, until it is stored; what failed goes again as it was, before anything newer.
A lane's threads are handed batches and give back outcomes: they touch nothing of the loop's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from sinks.batch import Batch
from sinks.record import Place
from sinks.store import UnavailableError
from sinks.writer import Written

_AT_ONCE = 4
"""Inserts into one table, each of a partition of its own."""


class Stored(NamedTuple):
    batch: Batch
    written: Written


class Lanes:
    """For one thread, the loop's."""

    def __init__(self, write: Callable[[Batch], Written]) -> None:
        self._write = write
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._under_way: dict[Place, tuple[Batch, Future[Written]]] = {}
        self._failed: dict[Place, Batch] = {}
        self._troubled: set[Place] = set()

    @property
    def is_troubled(self) -> bool:
        """Something failed and is not stored yet."""
        return bool(self._troubled)

    @property
    def size(self) -> int:
        """Bytes that are not stored yet."""
        return sum(batch.size for batch, _ in self._under_way.values()) + sum(batch.size for batch in self._failed.values())

    def has(self, place: Place) -> bool:
        """A batch of it is on its way, or failed and waits to go again."""
        return place in self._under_way or place in self._failed

    def is_writing(self, places: Iterable[Place]) -> bool:
        return any(place in self._under_way for place in places)

    def hand(self, batch: Batch) -> None:
        place = (batch.topic, batch.partition)
        assert not self.has(place), "of a partition one batch is on its way at a time"
        lane = self._threads.get(batch.topic)
        if lane is None:
            lane = self._threads[batch.topic] = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"lane-{batch.topic}")
        self._under_way[place] = batch, lane.submit(self._write, batch)

    def retry(self) -> None:
        """Hands in again what failed."""
        failed, self._failed = self._failed, {}
        for batch in failed.values():
            self.hand(batch)

    def settled(self) -> tuple[list[Stored], UnavailableError | None]:
        """What was stored since the last call, and the last failure. Raises whatever else a lane met; its batch stays unstored."""
        stored: list[Stored] = []
        error: UnavailableError | None = None
        for place, (batch, future) in list(self._under_way.items()):
            if not future.done():
                continue
            try:
                written = future.result()
            except UnavailableError as failure:
                error = failure
                self._failed[place] = batch
                self._troubled.add(place)
            else:
                stored.append(Stored(batch, written))
                self._troubled.discard(place)
            del self._under_way[place]
        return stored, error

    def wait(self, seconds: float) -> None:
        """Until a batch is through, or the time is."""
        wait([future for _, future in self._under_way.values()], seconds, FIRST_COMPLETED)

    def withdraw(self, places: Iterable[Place]) -> None:
        """Forgets those whose insert has not begun."""
        for place in places:
            if place in self._under_way and self._under_way[place][1].cancel():
                self.forget(place)

    def forget(self, place: Place) -> None:
        """Whatever becomes of it, nobody is told: the partition is somebody else's."""
        self._under_way.pop(place, None)
        self._failed.pop(place, None)
        self._troubled.discard(place)

    def close(self) -> None:
        """Waits for inserts that have begun."""
        for lane in self._threads.values():
            lane.shutdown(cancel_futures=True)
