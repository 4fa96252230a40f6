"""What holds on any Kafka and any ClickHouse: the migration, the road from the log to the rows, and what each user may do."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from deskpulse.local_clickhouse import Role
from deskpulse.migrate import Layout, ensure_database, migrate
from tests.chaos.agreeing import agree, arriving, sinking
from tests.chaos.load import Source
from tests.chaos.road import FOLD, Playing
from tests.chaos.workers import Group, Supervisor
from tests.clickhouse_server import ClickHouse, Database
from tests.servers import FreshTopics
from tests.sink_process import settings_for
from tests.store_rows import settings_of as clickhouse_settings


def migrate_from_nothing(server: ClickHouse, name: str) -> Database:
    """By the admin alone; a second time there is nothing to do."""
    admin = server.client()
    ensure_database(admin, name, Layout())
    assert migrate(admin, Layout())
    assert migrate(admin, Layout()) == []
    assert admin.query("SELECT count() FROM v_facts").result_rows == [(0,)]
    return Database(server, name, admin)


def fold_and_store(topics: FreshTopics, database: Database, folder: Path) -> None:
    """One worker and one sink; ClickHouse ends as a recomputation of the log has it, key by key."""
    source = Source(topics.bootstrap, topics.prefix, topics.partitions, accounts=10)
    sink = settings_for(topics, clickhouse_settings(database), folder)
    worker = Group(topics.bootstrap, topics.prefix, folder, fold=FOLD).worker("one", instance_id="one")
    with Supervisor(worker), Playing(source, arriving(source, 10, 200), per_second=400) as playing, sinking(sink):
        whole = agree(topics, database, sink, playing)
    assert whole.tickets


_ROW = "INSERT INTO forgotten (account, customer, version) VALUES ('acme', 'c', 1)"
_READ = "SELECT count() FROM v_tickets"
_SCHEMA = ("CREATE TABLE another (n UInt8) ENGINE = MergeTree ORDER BY n", "DROP TABLE forgotten", "TRUNCATE TABLE forgotten")


def hold_users_to_their_part(database: Database) -> None:
    """The reader reads, the writer inserts too, the schema is the admin's alone, and nobody comes in without a password."""
    for role, refused in ((Role.READER, (_ROW, *_SCHEMA)), (Role.WRITER, _SCHEMA)):
        client = database.client(role)
        client.query(_READ)
        if role is Role.WRITER:
            client.insert("forgotten", [["acme", "c", 1]], column_names=["account", "customer", "version"])
        for statement in refused:
            with pytest.raises(DatabaseError):
                client.command(statement)
        client.close()
    assert database.admin.query("SELECT customer FROM forgotten FINAL").result_rows == [("c",)]
    user, _ = database.server.login(Role.READER)
    for stranger in (f"{user}:guessed", "default:"):
        with pytest.raises(DatabaseError):
            ClickHouse(database.server.url, {Role.READER: stranger}, is_embedded=False).client(Role.READER)
