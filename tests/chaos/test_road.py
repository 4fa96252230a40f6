"""From the log to ClickHouse with the real fold: whoever dies, ClickHouse says what a recomputation of the log says, key by key."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sinks.crash import Point
from sinks.settings import SinkSettings
from streams.crash_points import CrashPoint
from tests.chaos.load import Source
from tests.chaos.road import FOLD, Playing, differences, expected, lives, said_twice, settings_of
from tests.chaos.waiting import until
from tests.chaos.workers import Group, Supervisor, Worker
from tests.clickhouse_server import Database
from tests.eventually import eventually
from tests.servers import FreshTopics
from tests.sink_process import settings_for, sink_process
from tests.sink_running import caught_up
from tests.store_rows import settings_of as clickhouse_settings

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.chaos]
_LIFE_MS = 25 * 60_000


@pytest.fixture
def road(group: Group) -> Group:
    """A group of workers with the real fold."""
    return replace(group, fold=FOLD)


def _arriving(source: Source, seed: int, tickets: int) -> list[tuple[str, bytes]]:
    now_ms = time.time_ns() // 1_000_000
    told = [(account, settings_of(account, now_ms)) for account in source.accounts]
    return told + lives(random.Random(seed), source.accounts, tickets, now_ms - _LIFE_MS, now_ms)


def _agree(topics: FreshTopics, database: Database, sink: SinkSettings, within_s: float = 90.0) -> None:
    """Waits until nothing is left to do, then compares: the oracle reads the log to its end, ticks and all."""
    last: list[str] = ["not compared yet"]

    def settled() -> bool:
        if not caught_up(topics, sink):
            return False
        last[:] = differences(database.admin, expected(topics))
        return not last

    try:
        eventually(settled, within_s, "ClickHouse says what the log says")
    except AssertionError:
        pytest.fail("\n".join(last[:20]) + f"\n{len(last)} differences")
    assert said_twice(topics) == []


def _fold_something_first(worker: Worker, source: Source) -> None:
    """A load of nothing has no middle to be killed in."""
    crash_at, worker.crash_at = worker.crash_at, None
    for account, raw in _arriving(source, 9, 50):
        source.append(account, raw)
    source.flush()
    with worker:
        until(
            lambda: all(one.position >= 0 for one in worker.partitions().values()) and worker.partitions(), 30, "it folds", worker
        )
    worker.crash_at = crash_at


@contextmanager
def _sinking(settings: SinkSettings, crash: tuple[Point, int] | None) -> Iterator[None]:
    """A sink that is started again when its crash point has killed it."""
    if crash is not None:
        with sink_process(settings, crash) as sink:
            assert sink.wait(60) == -signal.SIGKILL, "the crash point was not reached"
    with sink_process(settings):
        yield


@pytest.mark.parametrize("point", ["after_fold", "inside_commit", "before_ack", "during_load", "during_drain", "during_tick"])
def test_a_worker_killed_at_any_point_says_everything_once(
    point: CrashPoint, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=10)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    nth = 1 if point in ("during_load", "during_drain", "during_tick") else 3
    worker = road.worker("w1", crash_at=f"{point}:{nth}", instance_id="w1")
    playing = Playing(source, _arriving(source, 1, 400), per_second=400)
    if point == "during_load":
        _fold_something_first(worker, source)
    with _sinking(sink, None), Supervisor(worker) as supervisor:
        with playing:
            if point == "during_drain":
                until(worker.running, 30, "it folds", worker)
                worker.terminate()
            until(lambda: supervisor.ended, 100, "the crash point was reached", worker)
        assert supervisor.ended[0][1] == -signal.SIGKILL
        _agree(fresh_topics, database, sink)


@pytest.mark.parametrize("point", ["before_insert", "during_insert", "after_insert"])
def test_a_sink_killed_at_any_point_leaves_the_same_rows(
    point: Point, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=10)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    worker = road.worker("w1", instance_id="w1")
    with Supervisor(worker), Playing(source, _arriving(source, 2, 300), per_second=400), _sinking(sink, (point, 3)):
        _agree(fresh_topics, database, sink)


def test_two_workers_killed_and_frozen_in_turn_say_everything_once(
    chaos_seed: int, road: Group, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    rng = random.Random(chaos_seed)
    source = Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=20)
    sink = settings_for(fresh_topics, clickhouse_settings(database), tmp_path)
    workers = [road.worker(name, instance_id=name) for name in ("w1", "w2")]
    playing = Playing(source, _arriving(source, 3 + chaos_seed, 1200), per_second=300)
    with _sinking(sink, None), Supervisor(*workers):
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
        _agree(fresh_topics, database, sink, within_s=120)


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
    with Supervisor(worker), Playing(source, _arriving(source, 4, 40), per_second=400), _sinking(sink, None):
        _agree(fresh_topics, database, sink)
    whole = expected(fresh_topics)
    assert differences(database.admin, whole) == []
    _tell_a_fact_once_more(database.admin)
    assert any("facts" in line and "2 in ClickHouse, 1 expected" in line for line in differences(database.admin, whole))
    database.admin.command("TRUNCATE TABLE facts")
    assert any("facts" in line and "0 in ClickHouse, 1 expected" in line for line in differences(database.admin, whole))
