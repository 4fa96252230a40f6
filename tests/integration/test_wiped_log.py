"""Kafka is lost and begins again, and ClickHouse is still full: worker and sink agree on a later epoch, so the new rows win."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import yaml
from confluent_kafka.admin import AdminClient

from deskpulse.local_clickhouse import Role
from deskpulse.settings import Settings, load
from deskpulse.topics import Installation, ensure_topics
from deskpulse.wiring.epochs import Epochs
from events.position import Epoch, Offset, version
from sinks.clickhouse import ClickHouseStore
from streams.settings import WorkerSettings
from streams.take import take
from tests.clickhouse_server import Database
from tests.eventually import eventually
from tests.integration.counting_partition import CountingPartition
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, send, settings, ticket
from tests.store_rows import settings_of

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def configured(topics: FreshTopics, database: Database, folder: Path) -> Settings:
    def login(role: Role) -> dict[str, str]:
        user, password = database.server.login(role)
        return {"user": user, "password": password}

    file = folder / "deskpulse.yaml"
    file.touch(mode=0o600)
    tree = {
        "kafka": {"bootstrap": topics.bootstrap, "prefix": topics.prefix, "partitions": topics.partitions},
        "clickhouse": {"url": database.server.url, "database": database.name} | {role.value: login(role) for role in Role},
        "data": str(folder / "data"),
    }
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return load(file)


def taken_epoch(topics: FreshTopics, epochs: Epochs | None) -> tuple[int, int]:
    """Epoch and position with which a worker takes partition 0."""
    told = WorkerSettings(topics.bootstrap, CountingPartition, lambda: 0, topics.prefix, app_id=topics.prefix)
    if epochs is not None:
        told = WorkerSettings(
            topics.bootstrap, CountingPartition, lambda: 0, topics.prefix, app_id=topics.prefix, least_epoch=epochs.least
        )
    taken = take(told, 0, None, threading.Event(), lambda _records: None)
    assert taken is not None
    return taken.fold.epoch, taken.fold.position


def wipe(topics: FreshTopics) -> None:
    """All of it: the log, the results and the state of the fold."""
    admin = AdminClient({"bootstrap.servers": topics.bootstrap})
    names = [name for name in admin.list_topics(timeout=10).topics if name.startswith(topics.prefix)]
    for deleted in admin.delete_topics(names).values():
        deleted.result()
    eventually(lambda: not any(name.startswith(topics.prefix) for name in admin.list_topics(timeout=10).topics))
    ensure_topics({"bootstrap.servers": topics.bootstrap}, Installation(partitions=topics.partitions, prefix=topics.prefix))


def test_rows_of_a_new_log_win_in_a_full_database(fresh_topics: FreshTopics, database: Database, tmp_path: Path) -> None:
    epochs = Epochs(configured(fresh_topics, database, tmp_path))

    def write(epoch: int, offset: int, replies: int) -> None:
        store = ClickHouseStore(settings_of(database))
        send(fresh_topics, "tickets", 0, [ticket("t1", version(Epoch(epoch), Offset(offset)), replies=replies)])
        with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
            sink.until_caught_up(fresh_topics)
        store.close()

    first, _ = taken_epoch(fresh_topics, epochs)
    write(first, 5_000, replies=1)
    wipe(fresh_topics)
    assert taken_epoch(fresh_topics, None) == (1, -1), "the log alone remembers nothing of its former life"
    second, position = taken_epoch(fresh_topics, epochs)
    assert (first, second, position) == (1, 2, -1)
    assert taken_epoch(fresh_topics, epochs) == (2, -1), "a restart begins no other"
    write(second, 0, replies=2)
    assert database.admin.query("SELECT replies FROM v_tickets").result_rows == [(2,)]
    known = database.admin.query("SELECT epoch, uniqExact(log_id) FROM log_epochs GROUP BY epoch ORDER BY epoch").result_rows
    assert known == [(1, 1), (2, 1)], "worker and sink met each log under one number"
