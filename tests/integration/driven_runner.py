"""One partition's runner in the hands of a test: it hands over batches as the transport would, and reads back what was committed."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count as count_from

import pytest
from confluent_kafka import Message

from deskpulse.topics import Installation, ensure_topics
from streams.batch import Batch, Fetched
from streams.contract import Fold
from streams.crash_points import CrashPoint
from streams.pools import Pools
from streams.results import Source as Record
from streams.runner import Runner
from streams.settings import WorkerSettings
from streams.take import Taken, take
from tests.chaos.counted import Counted, count
from tests.chaos.load import Source
from tests.chaos.log_reading import records
from tests.integration.counting_partition import CountingPartition
from tests.servers import Kafka


@dataclass(slots=True)
class Passed:
    """The crash points a run came by, in order."""

    points: list[CrashPoint] = field(default_factory=list)

    def reached(self, point: CrashPoint) -> None:
        self.points.append(point)


@dataclass(slots=True)
class Driven:
    """A runner in the hands of a test."""

    runner: Runner
    acked: list[int]
    sought: list[int]

    def offer(self, first: int, last: int, *, value: bytes = b"x", seeks: int | None = None) -> None:
        fetched = [Record(offset, 1_000 + offset, b"account-%d" % (offset % 3), value) for offset in range(first, last + 1)]
        self.offer_records(fetched, self.runner.seeks if seeks is None else seeks)

    def offer_records(self, fetched: list[Record], seeks: int) -> None:
        async def ack() -> None:
            self.acked.append(fetched[-1].offset)

        self.runner.offer(Batch(Fetched(fetched, seeks, fetched[-1].offset + 1), ack))


PARTITIONS = 20
_numbers = count_from(0)


@pytest.fixture(scope="session")
def runner_topics(kafka: Kafka) -> str:
    """The prefix of topics with a partition for every test of a runner: making topics takes longer than a test."""
    prefix = f"r{uuid.uuid4().hex[:8]}."
    ensure_topics({"bootstrap.servers": kafka.bootstrap}, Installation(partitions=PARTITIONS, prefix=prefix))
    return prefix


@dataclass(frozen=True, slots=True)
class Place:
    """A partition of this test alone."""

    settings: WorkerSettings
    number: int

    def counted(self) -> Counted:
        return count(self.settings.bootstrap, self.settings.prefix, self.number)

    def records(self, topic: str) -> list[Message]:
        return list(records(self.settings.bootstrap, self.settings.topic(topic), self.number))

    def take_elsewhere(self) -> Taken:
        """As another worker would."""
        taken = take(self.settings, self.number, None, threading.Event(), lambda _records: None)
        assert taken is not None
        return taken


@pytest.fixture
def place(kafka: Kafka, runner_topics: str) -> Place:
    """With a log that holds more than any script folds: a shorter one would be refused."""
    number = next(_numbers)
    source = Source(kafka.bootstrap, runner_topics, PARTITIONS)
    for _ in range(100):
        source.append("account-0", b"x", partition=number)
    source.flush()
    return Place(WorkerSettings(kafka.bootstrap, CountingPartition, lambda: 0, runner_topics, app_id=runner_topics), number)


@contextmanager
def _pools() -> Iterator[Pools]:
    with ThreadPoolExecutor(2) as loads, ThreadPoolExecutor(2) as commits:
        yield Pools(loads, commits)


def drive(place: Place, script: Callable[[Driven], Awaitable[None]], kept: Fold | None = None) -> Fold | None:
    """Takes the partition, follows the script, lets go; what the runner kept, or what it raised."""

    async def run() -> Fold | None:
        sought: list[int] = []

        async def seek(_partition: int, offset: int) -> int:
            sought.append(offset)
            return len(sought)

        with _pools() as threads:
            driven = Driven(Runner(place.number, place.settings, threads, seek, kept, None), [], sought)
            task = asyncio.create_task(driven.runner.run())
            following = asyncio.ensure_future(script(driven))
            await asyncio.wait([task, following], return_when=asyncio.FIRST_COMPLETED, timeout=60)
            if following.done():
                following.result()
            else:
                following.cancel()
            driven.runner.let_go()
            return await asyncio.wait_for(task, 30)

    return asyncio.run(run())


async def until(predicate: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not predicate():  # noqa: ASYNC110 - what is waited for belongs to the shell and signals nobody
            await asyncio.sleep(0.01)
