"""The rules of the shell, each on worker processes and a real Kafka. What was committed is held against the source, counted again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from msgspec import json

from streams.crash_points import CrashPoint
from streams.exits import Exit
from tests.chaos.counted import assert_exact, count, is_caught_up
from tests.chaos.load import LiveLoad, Source
from tests.chaos.log_reading import limit_records, log_ends, records
from tests.chaos.waiting import let_pass, until
from tests.chaos.workers import Group, Supervisor, Worker
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka


@pytest.fixture
def caught_up(fresh_topics: FreshTopics) -> Callable[..., None]:
    """Waits until these workers have committed all of the source."""

    def wait(*workers: Worker, within_s: float = 40.0) -> None:
        def is_done() -> bool:
            committed = {number: one.position for worker in workers for number, one in worker.partitions().items()}
            return is_caught_up(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, committed)

        until(is_done, within_s, "everything is committed", *workers)

    return wait


def exact(topics: FreshTopics) -> None:
    assert_exact(topics.bootstrap, topics.prefix, topics.partitions)


def hints(group: Group, partitions: int) -> dict[int, int]:
    """What the consumer group has committed."""
    consumer = Consumer({"bootstrap.servers": group.bootstrap, "group.id": group.app_id, "log_level": 0})
    try:
        asked = [TopicPartition(f"{group.prefix}ticket-events", number) for number in range(partitions)]
        return {one.partition: one.offset for one in consumer.committed(asked, timeout=10) if one.offset >= 0}
    finally:
        consumer.close()


def test_a_worker_folds_everything_at_most_five_flushes_a_second_and_leaves_the_hint_at_its_position(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    source.append_many(6_000)
    with group.worker("one") as worker:
        caught_up(worker)
        started_s = time.monotonic()
        with LiveLoad(source, per_second=2_000):
            let_pass(2.0)
        caught_up(worker)
        lasted_s = time.monotonic() - started_s
        worker.terminate()
        assert worker.wait() == Exit.STOPPED
    exact(fresh_topics)
    for number in range(fresh_topics.partitions):
        counted = count(fresh_topics.bootstrap, fresh_topics.prefix, number)
        live = [position for position in counted.positions if position >= 6_000 // fresh_topics.partitions]
        assert len(live) <= 5 * lasted_s + 2
    assert hints(group, fresh_topics.partitions) == log_ends(
        fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions
    )


@pytest.mark.parametrize("point", ["during_load", "after_fold", "inside_commit", "before_ack", "during_drain", "during_tick"])
def test_a_kill_at_a_named_point_loses_and_doubles_nothing(
    point: CrashPoint, group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    source.append_many(2_000)
    # A static member: what is started again need not wait for the session of what was killed.
    worker = group.worker("one", instance_id="one")
    if point in ("during_load", "during_drain"):  # a load needs a state to read, a drain a worker that has drained nothing yet
        with group.worker("before", instance_id="one") as before:
            caught_up(before)
        source.append_many(2_000)
    if point == "during_tick":
        source.append("account-1", b"due:1")
        source.flush()
    nth = 3 if point in ("after_fold", "inside_commit", "before_ack") else 1
    worker.crash_at = f"{point}:{nth}"
    with worker:
        if point in ("after_fold", "inside_commit", "before_ack"):
            source.append_many(2_000)
        if point == "during_drain":
            caught_up(worker)
            worker.terminate()
        assert worker.wait(40) == -signal.SIGKILL, "the point was reached"
        source.append_many(500)
        worker.crash_at = None
        worker.start()
        caught_up(worker)
    exact(fresh_topics)
    ends = log_ends(fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions)
    assert all(hint <= ends[number] for number, hint in hints(group, fresh_topics.partitions).items()), "the hint is never ahead"


def test_a_static_member_that_was_killed_takes_its_partitions_back_without_waiting_for_its_session(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    group.session_timeout_s = 30.0
    source.append_many(1_000)
    with group.worker("one", instance_id="one") as one, group.worker("two", instance_id="two") as two:
        until(lambda: len(one.running()) == 2 and len(two.running()) == 2, 40, "two partitions each", one, two)
        caught_up(one, two)
        before = one.running()
        one.kill()
        killed_s = time.monotonic()
        one.start()
        until(lambda: one.running() == before, 20, "the same partitions are back", one, two)
        assert time.monotonic() - killed_s < group.session_timeout_s / 2
        source.append_many(1_000)
        caught_up(one, two)
    exact(fresh_topics)


def test_a_rebalance_in_the_middle_of_flushes_moves_partitions_without_loss(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    with group.worker("one") as one:
        with LiveLoad(source, per_second=3_000):
            until(lambda: len(one.running()) == fresh_topics.partitions, 40, "all partitions", one)
            with group.worker("two") as two:
                until(lambda: len(one.running()) == len(two.running()) == 2, 40, "two partitions each", one, two)
                until(lambda: all(status.position > 0 for status in two.partitions().values()), 20, "both fold", one, two)
                two.terminate()
                assert two.wait() == Exit.STOPPED
            until(lambda: len(one.running()) == fresh_topics.partitions, 40, "all partitions again", one)
        caught_up(one)
        assert any(line["kept"] for line in one.said("let go")), "it let go in the middle of its work"
    exact(fresh_topics)


def test_a_worker_that_slept_past_its_session_is_fenced_or_stopped_by_the_position(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    with Supervisor(one := group.worker("one"), two := group.worker("two")):
        with LiveLoad(source, per_second=3_000):
            until(lambda: len(one.running()) == 2 and len(two.running()) == 2, 40, "two partitions each", one, two)
            one.freeze()
            until(lambda: len(two.running()) == fresh_topics.partitions, 40, "the other took over", two)
            one.thaw()
            until(lambda: len(one.running()) == 2 and len(two.running()) == 2, 60, "two partitions each again", one, two)
        caught_up(one, two)
    exact(fresh_topics)


def test_a_flush_refused_by_the_broker_is_sent_again_and_the_partition_goes_on(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    source.append_many(100)
    with group.worker("one") as worker:
        caught_up(worker)
        limit_records(fresh_topics["facts"], 100, fresh_topics.bootstrap)  # an abort's marker still fits

        def is_refused() -> bool:
            source.append_many(40)
            return any(status.aborted >= 2 for status in worker.partitions().values())

        until(is_refused, 20, "refused", worker)
        limit_records(fresh_topics["facts"], 1_048_588, fresh_topics.bootstrap)
        caught_up(worker)
    exact(fresh_topics)


def test_records_that_retention_took_stop_the_worker_with_their_number(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    """It sleeps while 60 records come and the first 40 of them go; back, it seeks once, and then says what is missing."""
    for _ in range(10):
        source.append("account-0", b"x", partition=1)
    source.flush()
    with group.worker("one") as worker:
        caught_up(worker)
        worker.freeze()
        let_pass(0.5)  # until the fetch under way is answered, with nothing
        for _ in range(60):
            source.append("account-0", b"x", partition=1)
        source.flush()
        gone = TopicPartition(fresh_topics["ticket-events"], 1, 50)
        admin = AdminClient({"bootstrap.servers": fresh_topics.bootstrap})
        admin.delete_records([gone])[gone].result()
        worker.thaw()
        assert worker.wait(40) == Exit.REFUSED
        (line,) = worker.said("refused")
        assert "40 records are missing after offset 9" in line["because"]
        assert len(worker.said("jump, seeking back")) == 1
    assert count(fresh_topics.bootstrap, fresh_topics.prefix, 1).positions[-1] == 9


def test_time_that_is_due_is_put_into_the_log_once_and_nothing_due_puts_nothing(
    group: Group, source: Source, fresh_topics: FreshTopics, caught_up: Callable[..., None]
) -> None:
    due_ms = time.time_ns() // 1_000_000 + 2_500
    source.append("quiet", b"due:%d" % due_ms, partition=2)
    source.flush()
    with group.worker("one") as worker:
        until(lambda: any((one.tick_ms or 0) >= due_ms for one in worker.partitions().values()), 30, "ticked", worker)
        until(lambda: worker.partitions()[2].due_at_ms is None, 10, "nothing is due any more", worker)
        source.append_many(100)
        caught_up(worker)
    for number in range(fresh_topics.partitions):
        ticks = [
            message
            for message in records(fresh_topics.bootstrap, fresh_topics["ticket-events"], number)
            if b"clock.tick" in (message.value() or b"")
        ]
        assert len(ticks) == (1 if number == 2 else 0)
        for tick in ticks:
            event = json.decode(tick.value())
            said_ms = int(event["id"].rsplit("-", 1)[1])
            assert event["id"] == f"tick-2-{said_ms}"
            assert (tick.key(), tick.timestamp()[1], event["source"]) == (b"", said_ms, "/-/clock")
            assert due_ms <= said_ms < due_ms + 10_000


def test_a_worker_whose_loop_hangs_is_ended_by_its_watchdog_with_the_state_of_everything(group: Group, source: Source) -> None:
    group.fold = "tests.integration.hanging_partition:HangingPartition"
    source.append("account-0", b"hang")
    source.flush()
    with group.worker("one", deadlines={"stuck_fetch_s": 3.0}) as worker:
        assert worker.wait(40) == Exit.AGAIN
        (line,) = worker.said("stuck")
        assert line["because"] == "the event loop does not turn"
        assert {partition["partition"] for partition in line["partitions"]} == {0, 1, 2, 3}
        assert "Current thread" in worker.log_file.read_text(), "and where every thread stands"


def test_a_worker_without_its_topics_refuses_and_says_what_to_do(group: Group) -> None:
    group.prefix = "nobody.made.these."
    with group.worker("one") as worker:
        assert worker.wait(40) == Exit.REFUSED
        (line,) = worker.said("refused")
        assert line["because"] == "there is no topic nobody.made.these.ticket-events: run `deskpulse topics`"
