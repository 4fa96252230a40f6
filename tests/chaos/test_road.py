"""From the log to ClickHouse with the real fold: whoever dies, ClickHouse says what a recomputation of the log says, key by key."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import pytest

from sinks.crash import Point
from streams.crash_points import CrashPoint
from tests.chaos.agreeing import agree, arriving, sinking
from tests.chaos.load import Source
from tests.chaos.road import Playing, differences
from tests.chaos.waiting import until
from tests.chaos.workers import Group, Supervisor, Worker
from tests.clickhouse_server import Database
from tests.servers import FreshTopics
from tests.sink_process import settings_for
from tests.store_rows import settings_of as clickhouse_settings

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.chaos]


def _fold_something_first(worker: Worker, source: Source) -> None:
    """A load of nothing has no middle to be killed in."""
    crash_at, worker.crash_at = worker.crash_at, None
    for account, raw in arriving(source, 9, 50):
        source.append(account, raw)
    source.flush()
    with worker:
        until(
            lambda: all(one.position >= 0 for one in worker.partitions().values()) and worker.partitions(), 30, "it folds", worker
        )
    worker.crash_at = crash_at


@pytest.mark.parametrize("point", ["after_fold", "inside_commit", "before_ack", "during_load", "during_drain", "during_tick"])
def test_a_worker_killed_at_any_point_says_everything_once(
    point: CrashPoint, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=10)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    nth = 1 if point in ("during_load", "during_drain", "during_tick") else 3
    worker = road.worker("w1", crash_at=f"{point}:{nth}", instance_id="w1")
    playing = Playing(source, arriving(source, 1, 400), per_second=400)
    if point == "during_load":
        _fold_something_first(worker, source)
    with sinking(sink), Supervisor(worker) as supervisor:
        with playing:
            if point == "during_drain":
                until(worker.running, 30, "it folds", worker)
                worker.terminate()
            until(lambda: supervisor.ended, 100, "the crash point was reached", worker)
        assert supervisor.ended[0][1] == -signal.SIGKILL
        agree(fresh_topics, database, sink, playing)


@pytest.mark.parametrize("point", ["before_insert", "during_insert", "after_insert"])
def test_a_sink_killed_at_any_point_leaves_the_same_rows(
    point: Point, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=10)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    worker = road.worker("w1", instance_id="w1")
    with Supervisor(worker), Playing(source, arriving(source, 2, 300), per_second=400) as playing, sinking(sink, (point, 3)):
        agree(fresh_topics, database, sink, playing)


def test_two_workers_killed_and_frozen_in_turn_say_everything_once(
    chaos_seed: int, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    rng = random.Random(chaos_seed)
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=20)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    workers = [road.worker(name, instance_id=name) for name in ("w1", "w2")]
    playing = Playing(source, arriving(source, 3 + chaos_seed, 1200), per_second=300)
    with sinking(sink), Supervisor(*workers):
        until(lambda: len(workers[0].running() | workers[1].running()) == 4, 60, "both fold", *workers)
        with playing:
            while not playing.is_over.wait(rng.uniform(1.0, 3.0)):
                victim = rng.choice(workers)
                if rng.random() < 0.3:
                    victim.freeze()
                    playing.is_over.wait(road.session_timeout_s + 2)
                    victim.thaw()
                else:
                    victim.kill()
        agree(fresh_topics, database, sink, playing, within_s=120)


def _tell_a_fact_once_more(client: Any) -> None:
    client.command(
        "INSERT INTO facts (* EXCEPT (fact_id, written_at)) SELECT * EXCEPT (fact_id, written_at) FROM facts FINAL LIMIT 1"
    )


def test_the_comparison_sees_a_row_lost_and_a_row_doubled(
    road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=4)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    worker = road.worker("w1", instance_id="w1")
    with Supervisor(worker), Playing(source, arriving(source, 4, 40), per_second=400) as playing, sinking(sink):
        whole = agree(fresh_topics, database, sink, playing)
    _tell_a_fact_once_more(database.admin)
    assert any("facts" in line and "2 in ClickHouse, 1 expected" in line for line in differences(database.admin, whole))
    database.admin.command("TRUNCATE TABLE facts")
    assert any("facts" in line and "0 in ClickHouse, 1 expected" in line for line in differences(database.admin, whole))
