"""What the measures share: a folder, one broker, whether to be quick, and waiting."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics

T = TypeVar("T")
_POLL_S = 0.05


class NotInTimeError(Exception):
    """Something did not come about within its deadline."""


class WrongResultError(Exception):
    """What was computed is not what a recomputation gives: its speed is of no interest."""


@dataclass(slots=True)
class Lab:
    folder: Path
    is_quick: bool
    servers: ExitStack
    _bootstrap: str = field(default="")

    @property
    def bootstrap(self) -> str:
        """Of one local Kafka for all measures, started by the first that asks."""
        if not self._bootstrap:
            broker = LocalKafka(self.folder / "kafka", free_port(), die_with_parent=True)
            self._bootstrap = self.servers.enter_context(broker).bootstrap
        return self._bootstrap

    def fresh_topics(self, partitions: int) -> str:
        """The prefix of topics that nobody has used."""
        prefix = f"b{uuid.uuid4().hex[:8]}."
        ensure_topics({"bootstrap.servers": self.bootstrap}, Installation(partitions=partitions, prefix=prefix))
        return prefix

    def either(self, full: T, quick: T) -> T:
        return quick if self.is_quick else full


@dataclass(frozen=True, slots=True)
class Runs:
    """One figure measured several times."""

    median: float
    each: tuple[float, ...]

    @classmethod
    def of(cls, found: list[float]) -> Runs:
        return cls(median(found), tuple(found))


def until(answer: Callable[[], T | None], within_s: float, what: str) -> T:
    """The first answer that is there."""
    end_s = time.monotonic() + within_s
    while (found := answer()) is None:
        if time.monotonic() > end_s:
            raise NotInTimeError(f"not within {within_s:g} s: {what}")
        time.sleep(_POLL_S)
    return found
