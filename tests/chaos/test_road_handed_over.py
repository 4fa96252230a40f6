"""The same road while partitions change hands, commits are refused and the broker dies: ClickHouse says what the log says.

Every test stops a worker in the middle of a flush, so that what it is named after happens there and not beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from sinks.settings import SinkSettings
from tests.chaos.agreeing import agree, arriving, sinking
from tests.chaos.load import Source
from tests.chaos.log_reading import limit_records
from tests.chaos.pause_at import Gate
from tests.chaos.road import FOLD, Playing
from tests.chaos.waiting import until
from tests.chaos.workers import Group, Supervisor, Worker
from tests.clickhouse_server import Database
from tests.servers import FreshTopics
from tests.sink_process import settings_for
from tests.store_rows import settings_of as clickhouse_settings

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.chaos]


@pytest.fixture
def source(fresh_topics: FreshTopics) -> Source:
    return Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions, accounts=20)


@pytest.fixture
def sink(fresh_topics: FreshTopics, database: Database, tmp_path: Path) -> SinkSettings:
    return settings_for(fresh_topics, clickhouse_settings(database), tmp_path)


def _pausing(road: Group, name: str, folder: Path) -> tuple[Worker, Gate]:
    """A worker that stops inside the commit of a flush, once it has folded a little."""
    return road.worker(name, pause_at={"point": "inside_commit", "nth": 6, "folder": str(folder)}), Gate(folder)


def test_a_rebalance_in_the_middle_of_a_flush_waits_for_it(
    road: Group, source: Source, sink: SinkSettings, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    one, gate = _pausing(road, "one", tmp_path)
    two = road.worker("two")
    playing = Playing(source, arriving(source, 5, 750), per_second=300)
    with sinking(sink), one, playing:
        until(gate.is_reached, 40, "in the middle of a flush", one)
        with two:
            until(lambda: (said := one.status()) is not None and said.rebalancing, 40, "the rebalance waits", one, two)
            gate.let_on()
            until(lambda: len(one.running()) == len(two.running()) == 2, 40, "two partitions each", one, two)
            (let_go,) = one.said("let go")
            assert let_go["kept"] == [0, 1, 2, 3], "the flush was finished first"
            agree(fresh_topics, database, sink, playing)
    assert one.said("fenced") == two.said("fenced") == []


def test_a_flush_that_outlasts_the_rebalance_is_fenced_and_folded_by_the_next_owner(
    road: Group, source: Source, sink: SinkSettings, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    road.more["deadlines"] = {"drain_s": 1.0}
    one, gate = _pausing(road, "one", tmp_path)
    two = road.worker("two")
    playing = Playing(source, arriving(source, 6, 750), per_second=300)
    with sinking(sink), one, playing:
        until(gate.is_reached, 40, "in the middle of a flush", one)
        with two:
            until(lambda: len(two.running()) == 2, 40, "two partitions of the other", one, two)
            until(lambda: one.said("let go"), 10, "the first has let go", one)
            (let_go,) = one.said("let go")
            assert let_go["dropped"], "the flush was still in doubt"
            gate.let_on()
            until(lambda: len(one.running()) == len(two.running()) == 2, 40, "two partitions each", one, two)
            agree(fresh_topics, database, sink, playing)


def test_a_worker_frozen_inside_a_commit_past_its_session_is_fenced_when_it_wakes(
    road: Group, source: Source, sink: SinkSettings, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    one, gate = _pausing(road, "one", tmp_path)
    two = road.worker("two")
    playing = Playing(source, arriving(source, 7, 1100), per_second=300)
    with sinking(sink), Supervisor(one, two), playing:
        until(gate.is_reached, 60, "in the middle of a flush", one, two)
        one.freeze()
        until(lambda: two.running() == {0, 1, 2, 3}, 40, "the other took over", two)
        gate.let_on()
        one.thaw()
        until(lambda: one.said("fenced"), 20, "what it had begun is refused", one, two)
        whole = agree(fresh_topics, database, sink, playing)
    assert whole.alerts, "there were transitions that could have been said twice"


def test_a_commit_that_must_abort_is_sent_again_and_said_once(
    road: Group, source: Source, sink: SinkSettings, fresh_topics: FreshTopics, database: Database
) -> None:
    worker = road.worker("one", instance_id="one")
    playing = Playing(source, arriving(source, 8, 500), per_second=300)
    with sinking(sink), worker, playing:
        until(lambda: any(one.position > 0 for one in worker.partitions().values()), 40, "it folds", worker)
        limit_records(fresh_topics["facts"], 100, fresh_topics.bootstrap)  # an abort's marker still fits
        until(lambda: any(one.aborted >= 2 for one in worker.partitions().values()), 30, "refused twice", worker)
        limit_records(fresh_topics["facts"], 1_048_588, fresh_topics.bootstrap)
        agree(fresh_topics, database, sink, playing)
    assert worker.said("flush refused, sent again")


def test_a_broker_killed_under_load_comes_back_and_everything_is_said_once(
    database: Database, tmp_path: Path, data_folder: Path
) -> None:
    with LocalKafka(data_folder, free_port(), die_with_parent=True) as broker:
        ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=4))
        topics = FreshTopics(broker.bootstrap, "", 4)
        source = Source(broker.bootstrap, "", 4, accounts=20)
        sink = settings_for(topics, clickhouse_settings(database), tmp_path)
        worker = Group(broker.bootstrap, "", tmp_path, fold=FOLD).worker("one", instance_id="one")
        playing = Playing(source, arriving(source, 9, 800), per_second=300)
        with sinking(sink), Supervisor(worker), playing:
            until(lambda: all(one.position > 0 for one in worker.partitions().values()), 40, "it folds", worker)
            broker.kill()
            broker.start()
            broker.wait_ready()
            agree(topics, database, sink, playing, within_s=120)
