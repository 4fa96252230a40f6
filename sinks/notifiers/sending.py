"""Sends under way: each in a thread, and each ends as an outcome, whatever happens in it."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future

from sinks.notifiers.destination import Destination, Failed, Outcome
from sinks.notifiers.outbox import Waiting
from sinks.notifiers.threads import begun


class Sending:
    def __init__(self) -> None:
        self._under_way: dict[Future[Outcome], Waiting] = {}

    def begin(self, waiting: Waiting, destination: Destination) -> None:
        waiting.attempts += 1
        waiting.is_in_flight = True
        self._under_way[begun(lambda: destination.send(waiting.alert, waiting.body), "send")] = waiting

    def under_way(self, partitions: Collection[int] | None = None) -> list[Waiting]:
        """Of these partitions; None: of all."""
        return [one for one in self._under_way.values() if partitions is None or one.partition in partitions]

    def wait(self, within_s: float) -> None:
        """Until one has ended."""
        concurrent.futures.wait(self._under_way, within_s, FIRST_COMPLETED)

    def ended(self) -> list[tuple[Waiting, Outcome]]:
        """Told once each."""
        found = []
        for future in [future for future in self._under_way if future.done()]:
            waiting = self._under_way.pop(future)
            waiting.is_in_flight = False
            found.append((waiting, _outcome(future)))
        return found


def _outcome(future: Future[Outcome]) -> Outcome:
    """A destination that raises has failed: one receiver must not end the telling of all others, at each start anew."""
    error = future.exception()
    return future.result() if error is None else Failed(f"raised {type(error).__name__}")
