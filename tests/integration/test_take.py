"""Taking a partition on a real broker: fence, load, check."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient

from deskpulse.topics import Installation, ensure_topics
from streams.contract import Fold
from streams.epoch import LogEndsEarlyError
from streams.producer import Outcome
from streams.results import Source as Record
from streams.settings import WorkerSettings
from streams.take import Taken, take
from tests.chaos.load import Source
from tests.integration.counting_partition import CountingPartition
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(fresh_topics: FreshTopics) -> WorkerSettings:
    return WorkerSettings(fresh_topics.bootstrap, CountingPartition, lambda: 0, fresh_topics.prefix, app_id=fresh_topics.prefix)


def take_it(settings: WorkerSettings, kept: Fold | None = None, read: Callable[[int], None] = lambda _records: None) -> Taken:
    taken = take(settings, 0, kept, threading.Event(), read)
    assert taken is not None
    return taken


def fold(taken: Taken, count: int) -> None:
    """Folds the next `count` records of nobody in particular, and commits."""
    first = taken.fold.position + 1
    taken.fold.fold([Record(offset, 0, b"account-%d" % (offset % 7), b"") for offset in range(first, first + count)])
    assert taken.producer.commit(taken.fold.results()) is Outcome.COMMITTED


def counts(taken: Taken) -> dict[str, int]:
    assert isinstance(taken.fold, CountingPartition)
    return taken.fold.counts


def append(source: Source, count: int) -> None:
    for _ in range(count):
        source.append("account-0", b"x", partition=0)
    source.flush()


def test_a_log_never_folded_begins_the_first_epoch(settings: WorkerSettings) -> None:
    taken = take_it(settings)
    assert (taken.fold.position, taken.fold.epoch) == (-1, 1)
    cluster, _, topic = taken.fold.log_id.partition("/")
    assert cluster
    assert len(topic) > 10


def test_a_load_is_exactly_the_position_and_reads_to_the_end_behind_transaction_markers(
    settings: WorkerSettings, source: Source
) -> None:
    append(source, 60)
    first = take_it(settings)
    for _ in range(6):
        fold(first, 10)
    read: list[int] = []
    second = take_it(settings, read=read.append)
    assert second.loaded
    assert second.fold.position == 59
    assert (second.fold.epoch, second.fold.log_id) == (first.fold.epoch, first.fold.log_id)
    assert counts(second) == counts(first)
    assert sum(read) == 6 * 8, "seven counts and the position of each flush"


def test_an_unfinished_transaction_of_the_owner_before_is_decided_before_anything_is_read(
    settings: WorkerSettings, source: Source
) -> None:
    """Loading before fencing could miss its last commit; here it never comes, and its records are never seen."""
    append(source, 10)
    before = take_it(settings)
    fold(before, 5)
    open_transaction = before.producer._producer
    open_transaction.begin_transaction()
    open_transaction.produce(settings.topic("tickets"), b"never committed", b"account-0", 0)
    open_transaction.flush(10)
    after = take_it(settings)
    assert after.fold.position == 4
    assert counts(after) == counts(before)
    before.fold.fold([Record(5, 0, b"account-0", b"")])
    assert before.producer.commit(before.fold.results()) is Outcome.FENCED


def test_a_partition_that_comes_back_unchanged_is_not_loaded_again(settings: WorkerSettings, source: Source) -> None:
    append(source, 10)
    before = take_it(settings)
    fold(before, 10)
    back = take_it(settings, kept=before.fold)
    assert not back.loaded
    assert back.fold is before.fold


def test_a_partition_that_another_owner_moved_on_is_loaded_again(settings: WorkerSettings, source: Source) -> None:
    append(source, 20)
    before = take_it(settings)
    fold(before, 10)
    other = take_it(settings)
    fold(other, 5)
    back = take_it(settings, kept=before.fold)
    assert back.loaded
    assert back.fold.position == 14


def test_a_load_whose_partition_has_gone_stops_between_slices(settings: WorkerSettings, source: Source) -> None:
    append(source, 10)
    fold(take_it(settings), 10)
    cancelled = threading.Event()
    read: list[int] = []

    def gone(records: int) -> None:
        read.append(records)
        cancelled.set()

    assert take(settings, 0, None, cancelled, gone) is None
    assert len(read) == 1, "the first slice only"


def test_a_log_that_ended_before_the_position_is_refused_with_the_missing_records(
    settings: WorkerSettings, source: Source
) -> None:
    """What a power loss leaves: results are there, the events they came from are not."""
    append(source, 5)
    taken = take_it(settings)
    fold(taken, 12)
    with pytest.raises(LogEndsEarlyError, match=r"records 5 to 11 \(7\) are missing"):
        take_it(settings)


def test_a_topic_made_anew_begins_the_next_epoch(settings: WorkerSettings, source: Source, fresh_topics: FreshTopics) -> None:
    append(source, 30)
    before = take_it(settings)
    fold(before, 30)
    admin = AdminClient({"bootstrap.servers": fresh_topics.bootstrap})
    admin.delete_topics([fresh_topics["ticket-events"]])[fresh_topics["ticket-events"]].result()
    _made_anew(fresh_topics)
    after = take_it(settings)
    assert after.fold.log_id != before.fold.log_id
    assert (after.fold.epoch, after.fold.position) == (before.fold.epoch + 1, -1)


def test_the_database_may_ask_for_a_later_epoch(settings: WorkerSettings, fresh_topics: FreshTopics) -> None:
    asked: list[str] = []

    def least(log_id: str) -> int:
        asked.append(log_id)
        return 9

    known = WorkerSettings(
        fresh_topics.bootstrap, CountingPartition, lambda: 0, fresh_topics.prefix, settings.app_id, least_epoch=least
    )
    taken = take_it(known)
    assert taken.fold.epoch == 9
    assert asked == [taken.fold.log_id]


def _made_anew(topics: FreshTopics) -> None:
    ensure_topics({"bootstrap.servers": topics.bootstrap}, Installation(partitions=topics.partitions, prefix=topics.prefix))
