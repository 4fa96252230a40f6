"""Workers die, sleep and are stopped at random under a live load, and the broker too: nothing is lost, nothing comes twice.

What was committed is held against the source, counted again by code that shares nothing with the fold.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import Producer
from msgspec import msgpack

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from streams.exits import Exit
from streams.settings import Deadlines
from tests.chaos.counted import assert_exact, is_caught_up
from tests.chaos.load import LiveLoad, Source
from tests.chaos.waiting import let_pass, until
from tests.chaos.workers import Group, Supervisor, Worker
from tests.integration.counting_partition import Added
from tests.servers import FreshTopics

pytestmark = [pytest.mark.chaos, pytest.mark.kafka]

LASTS_S = 12.0
SESSION_S = 6.0


def wait_until_caught_up(group: Group, partitions: int, *workers: Worker) -> None:
    def is_done() -> bool:
        committed = {number: one.position for worker in workers for number, one in worker.partitions().items()}
        return is_caught_up(group.bootstrap, group.prefix, partitions, committed)

    until(is_done, 90, "everything is committed", *workers)


def harm(worker: Worker, chance: Random) -> None:
    """One of what happens to processes."""
    what = chance.choice(["kill", "kill", "terminate", "sleep"])
    if what == "kill":
        worker.kill()
    elif what == "terminate":
        worker.terminate()
    else:
        worker.freeze()
        let_pass(chance.uniform(1.0, SESSION_S + 2.0))
        worker.thaw()


def test_workers_that_die_and_sleep_at_random_lose_and_double_nothing(
    chaos_seed: int, group: Group, source: Source, fresh_topics: FreshTopics
) -> None:
    chance = Random(chaos_seed)
    group.session_timeout_s = SESSION_S
    static = chance.random() < 0.5
    workers = [group.worker(name, **({"instance_id": name} if static else {})) for name in ("one", "two")]
    with Supervisor(*workers) as supervisor:
        with LiveLoad(source, per_second=2_000) as load:
            until(lambda: all(worker.running() for worker in workers), 60, "both fold", *workers)
            begun_s = time.monotonic()
            chance.choice(workers).kill()
            while time.monotonic() - begun_s < LASTS_S:
                let_pass(chance.uniform(0.2, 3.0))
                harm(chance.choice(workers), chance)
        wait_until_caught_up(group, fresh_topics.partitions, *workers)
    assert load.appended > 0
    assert supervisor.ended, "something did die"
    assert_exact(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions)


def test_a_broker_that_is_killed_and_comes_back_loses_and_doubles_nothing(tmp_path: Path, data_folder: Path) -> None:
    partitions = 4
    with LocalKafka(data_folder, free_port(), die_with_parent=True) as broker:
        ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=partitions))
        group = Group(broker.bootstrap, "", tmp_path)
        source = Source(broker.bootstrap, "", partitions)
        worker = group.worker("one", instance_id="one")
        with Supervisor(worker):
            with LiveLoad(source, per_second=2_000):
                until(lambda: len(worker.running()) == partitions, 60, "all partitions", worker)
                until(lambda: all(one.position > 0 for one in worker.partitions().values()), 20, "it folds", worker)
                broker.kill()
                broker.start()
                broker.wait_ready()
            wait_until_caught_up(group, partitions, worker)
        assert_exact(broker.bootstrap, "", partitions)


def test_a_worker_told_to_stop_while_the_broker_is_away_ends_within_its_deadlines(tmp_path: Path, data_folder: Path) -> None:
    with LocalKafka(data_folder, free_port(), die_with_parent=True) as broker:
        ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=4))
        source = Source(broker.bootstrap, "", 4)
        with (
            Group(broker.bootstrap, "", tmp_path).worker("one", deadlines={"drain_s": 1.0}) as worker,
            LiveLoad(source, per_second=200),
        ):
            until(lambda: len(worker.running()) == 4, 60, "all partitions", worker)
            broker.kill()
            worker.terminate()
            assert worker.wait(Deadlines().shutdown_s + 5) == Exit.STOPPED
            broker.start()  # for the load, which flushes
            broker.wait_ready()


def test_the_count_notices_a_flush_that_came_twice(group: Group, source: Source, fresh_topics: FreshTopics) -> None:
    """The negative control: a chaos test that cannot fail proves nothing."""
    source.append_many(200)
    with group.worker("one") as worker:
        wait_until_caught_up(group, fresh_topics.partitions, worker)
    assert_exact(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions)
    twice = Producer({"bootstrap.servers": fresh_topics.bootstrap, "log_level": 0})
    twice.produce(fresh_topics["facts"], msgpack.encode(Added(1, 0, source.accounts[0], 1)), source.accounts[0].encode(), 0)
    assert twice.flush(10) == 0
    with pytest.raises(AssertionError, match="partition 0: lost or doubled in facts"):
        assert_exact(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions)
