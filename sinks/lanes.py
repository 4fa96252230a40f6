"""Batches on their way into the store: a lane for each topic, so that no table waits for the insert into another.

Law: of a partition one batch is on its way at a time, until it is stored; what failed goes again as it was, before anything newer.
A lane's threads are handed batches and give back outcomes: they touch nothing of the loop's.
"""

from __future__ import annotations

import threading
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


class _Sent(NamedTuple):
    batch: Batch
    future: Future[Written]
    withdrawn: threading.Event


class Lanes:
    """For one thread, the loop's."""

    def __init__(self, write: Callable[[Batch, threading.Event], Written]) -> None:
        """`write` is told by the event that it shall begin no further insert, and then raises UnavailableError."""
        self._write = write
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._under_way: dict[Place, _Sent] = {}
        self._failed: dict[Place, Batch] = {}
        self._troubled: set[Place] = set()

    @property
    def troubled(self) -> set[str]:
        """Topics of which something failed and is not stored yet."""
        return {topic for topic, _ in self._troubled}

    def size(self, of: Callable[[str], bool] = lambda _: True) -> int:
        """Bytes of these topics that are not stored yet."""
        batches = [sent.batch for sent in self._under_way.values()] + list(self._failed.values())
        return sum(batch.size for batch in batches if of(batch.topic))

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
        withdrawn = threading.Event()
        self._under_way[place] = _Sent(batch, lane.submit(self._write, batch, withdrawn), withdrawn)

    def retry(self, topic: str) -> None:
        """Hands in again what failed of it."""
        for place in [place for place in self._failed if place[0] == topic]:
            self.hand(self._failed.pop(place))

    def settled(self) -> tuple[list[Stored], dict[str, UnavailableError]]:
        """What was stored since the last call, and of each topic the last failure.

        Raises whatever else a lane met; its batch stays unstored.
        """
        stored: list[Stored] = []
        errors: dict[str, UnavailableError] = {}
        for place, sent in list(self._under_way.items()):
            if not sent.future.done():
                continue
            try:
                written = sent.future.result()
            except UnavailableError as failure:
                self._failed[place] = sent.batch
                if not sent.withdrawn.is_set():
                    errors[place[0]] = failure
                    self._troubled.add(place)
            else:
                stored.append(Stored(sent.batch, written))
                self._troubled.discard(place)
            del self._under_way[place]
        return stored, errors

    def wait(self, seconds: float) -> None:
        """Until a batch is through, or the time is."""
        wait([sent.future for sent in self._under_way.values()], seconds, FIRST_COMPLETED)

    def withdraw(self, places: Iterable[Place]) -> None:
        """Of these no insert begins any more. Where one had begun its end is waited for; the others stay as if they had failed."""
        for place in places:
            if (sent := self._under_way.get(place)) is None:
                continue
            sent.withdrawn.set()
            if sent.future.cancel():
                del self._under_way[place]
                self._failed[place] = sent.batch

    def forget(self, place: Place) -> None:
        """Whatever becomes of it, nobody is told: the partition is somebody else's."""
        self._under_way.pop(place, None)
        self._failed.pop(place, None)
        self._troubled.discard(place)

    def close(self) -> None:
        """Waits for inserts that have begun."""
        for lane in self._threads.values():
            lane.shutdown(cancel_futures=True)
