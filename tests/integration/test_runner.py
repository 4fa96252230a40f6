"""One partition from batches to committed flushes, on a real broker: continuity, flushes, acks, the hint, letting go.

Batches are handed over by the test as the transport would; what was committed is read back.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count as count_from

import pytest
from confluent_kafka import Message

from deskpulse.topics import Installation, ensure_topics
from streams.batch import Batch, Fetched, HoleError
from streams.contract import Fold
from streams.crash_points import CrashPoint
from streams.faults import FoldDiedError, JumpError
from streams.pools import Pools
from streams.producer import Outcome
from streams.results import Source as Record
from streams.runner import Runner, State
from streams.settings import WorkerSettings
from streams.take import Taken, take
from tests.chaos.counted import Counted, count
from tests.chaos.load import Source
from tests.chaos.log_reading import records
from tests.integration.counting_partition import CountingPartition
from tests.servers import Kafka

pytestmark = pytest.mark.kafka


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
numbers = count_from(0)


@pytest.fixture(scope="module")
def topics(kafka: Kafka) -> str:
    """The prefix of topics with a partition for every test here: making topics takes longer than a test."""
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
def place(kafka: Kafka, topics: str) -> Place:
    """With a log that holds more than any script folds: a shorter one would be refused."""
    number = next(numbers)
    source = Source(kafka.bootstrap, topics, PARTITIONS)
    for _ in range(100):
        source.append("account-0", b"x", partition=number)
    source.flush()
    return Place(WorkerSettings(kafka.bootstrap, CountingPartition, lambda: 0, topics, app_id=topics), number)


@contextmanager
def pools() -> Iterator[Pools]:
    with ThreadPoolExecutor(2) as loads, ThreadPoolExecutor(2) as commits:
        yield Pools(loads, commits)


def drive(place: Place, script: Callable[[Driven], Awaitable[None]], kept: Fold | None = None) -> Fold | None:
    """Takes the partition, follows the script, lets go; what the runner kept, or what it raised."""

    async def run() -> Fold | None:
        sought: list[int] = []

        async def seek(_partition: int, offset: int) -> int:
            sought.append(offset)
            return len(sought)

        with pools() as threads:
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


def test_batches_are_folded_committed_and_only_then_acked_and_hinted(place: Place) -> None:
    async def script(driven: Driven) -> None:
        assert driven.runner.hint is None, "nothing is known before the load"
        await until(lambda: driven.runner.state is State.RUNNING)
        assert driven.sought == [0], "the load is followed by a seek to position + 1"
        driven.offer(0, 9)
        driven.offer(10, 29)
        await until(lambda: driven.runner.committed == 29)
        assert driven.acked == [9, 29]
        assert driven.runner.hint == 30

    kept = drive(place, script)
    assert kept is not None
    assert kept.position == 29
    assert place.counted().added.total() == 30


def test_repeats_are_dropped_in_silence_and_overlaps_are_folded_from_the_next_record(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        driven.offer(0, 9)
        driven.offer(5, 14)
        driven.offer(0, 12)
        driven.offer(15, 15)
        await until(lambda: driven.runner.committed == 15 and len(driven.acked) == 5)
        assert driven.sought == [0]

    drive(place, script)
    assert place.counted().added.total() == 16


def test_a_jump_is_sought_back_once_and_what_follows_goes_on(place: Place) -> None:
    """A worker that slept may be handed a batch beyond the next record: its consumer had fetched ahead."""

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        stale = driven.runner.seeks
        driven.offer(50, 59, seeks=stale)
        driven.offer(60, 69, seeks=stale)
        await until(lambda: driven.sought == [0, 10])
        driven.offer(70, 79, seeks=stale)
        driven.offer(10, 19)
        await until(lambda: driven.runner.committed == 19)
        driven.offer(30, 39)
        await until(lambda: driven.sought == [0, 10, 20])
        assert 59 not in driven.acked

    drive(place, script)
    assert place.counted().added.total() == 20


def test_a_jump_that_stays_stops_with_the_number_of_missing_records(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(50, 59)
        await until(lambda: driven.sought == [0, 10])
        driven.offer(50, 59)
        await asyncio.Event().wait()

    with pytest.raises(JumpError, match="40 records are missing after offset 9"):
        drive(place, script)
    assert place.counted().positions == [9]


def test_a_hole_within_a_fetch_is_refused(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer_records([Record(0, 0, b"a", b""), Record(2, 0, b"a", b"")], 0)
        await asyncio.Event().wait()

    with pytest.raises(HoleError, match="1 are missing"):
        drive(place, script)


def test_a_flush_is_one_transaction_with_its_position_and_all_it_caused(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 99)
        await until(lambda: driven.runner.committed == 99)

    drive(place, script)
    counted = place.counted()
    assert counted.positions == [99]
    assert counted.latest == {"account-0": 34, "account-1": 33, "account-2": 33}
    assert counted.added == counted.latest


def test_an_unmoved_position_is_not_flushed(place: Place) -> None:
    passed = Passed()

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(0, 9)
        await until(lambda: len(driven.acked) == 2)

    drive(replace(place, settings=replace(place.settings, crash_points=passed)), script)
    assert passed.points.count("after_fold") == 1


def test_the_points_of_a_flush_are_passed_in_their_order(place: Place) -> None:
    passed = Passed()

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)

    drive(replace(place, settings=replace(place.settings, crash_points=passed)), script)
    assert passed.points == ["after_fold", "inside_commit", "before_ack", "during_drain"]


def test_letting_go_finishes_the_flush_and_keeps_exactly_what_was_committed(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(10, 19)  # within 200 ms of the flush before: it waits
        await until(lambda: driven.runner.fold is not None and driven.runner.fold.position == 19)

    kept = drive(place, script)
    assert kept is not None
    assert place.counted().positions == [9, 19]
    read: list[int] = []

    async def back(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        read.append(driven.runner.read)
        assert driven.sought == [20]

    assert drive(place, back, kept) is kept
    assert read == [0], "memory was the latest: nothing is loaded"


def test_a_fenced_runner_writes_nothing_hints_nothing_and_keeps_nothing(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        await asyncio.to_thread(place.take_elsewhere)
        driven.offer(10, 19)
        await until(lambda: driven.runner.state is State.FENCED)
        assert driven.runner.hint is None
        assert driven.acked == [9]

    assert drive(place, script) is None
    assert place.counted().positions == [9]


def test_a_load_that_is_let_go_ends_without_a_state(place: Place) -> None:
    async def script(_driven: Driven) -> None:
        await asyncio.sleep(0)

    assert drive(place, script) is None


def test_a_fold_that_raises_commits_only_the_place_of_its_death(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(10, 14)
        driven.offer(15, 15, value=b"poison")
        await asyncio.Event().wait()

    with pytest.raises(FoldDiedError, match="offset 15"):
        drive(place, script)
    assert place.counted().positions in ([9], [9, 14]), "what died with it was abandoned"
    keys = [message.key() for message in place.records("fold-state")]
    assert keys[-1] == b"deaths/15"


def test_what_stands_before_a_suspect_is_committed_before_it_is_folded_and_the_third_death_is_the_last(
    place: Place,
) -> None:
    async def script(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        fetched = [Record(offset, 0, b"account-0", b"poison" if offset == 5 else b"x") for offset in range(10)]
        driven.offer_records(fetched, driven.runner.seeks)
        await until(lambda: driven.runner.committed == 9)

    for death in range(3):
        with pytest.raises(FoldDiedError, match="offset 5"):
            drive(place, script)
        assert place.counted().positions == ([4] if death else [])
    drive(place, script)
    assert place.counted().positions[-1] == 9
    (letter,) = place.records("dead-letters")
    assert dict(letter.headers() or ()) == {"reason": b"poison", "src_offset": b"5"}


def test_a_fenced_death_is_not_written(place: Place) -> None:
    """Its new owner will meet the record itself."""

    async def script(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        taken = await asyncio.to_thread(place.take_elsewhere)
        assert taken.producer.commit([]) is Outcome.COMMITTED
        driven.offer(0, 0, value=b"poison")
        await asyncio.Event().wait()

    with pytest.raises(FoldDiedError):
        drive(place, script)
    assert place.records("fold-state") == []
