"""Rows are upserts: whatever is repeated, cut differently or late, the highest version of each key holds, once."""

from __future__ import annotations

import random
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from deskpulse.local_clickhouse import LocalClickHouse, Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.migrate import Layout, ensure_database, migrate
from tests.clickhouse_server import Database
from tests.eventually import eventually

pytestmark = pytest.mark.clickhouse

COLUMNS = [
    "account",
    "metric",
    "local_date",
    "local_hour",
    "source",
    "ticket_id",
    "fact_id",
    "sign",
    "version",
    "unit",
    "value",
    "at",
]
TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
Row = tuple[Any, ...]


def settings_of(client: Client) -> dict[str, Any]:
    """What every sink sends."""
    known: dict[str, Any] = {"async_insert": 0, "insert_deduplicate": 0}
    return known | ({"deduplicate_insert": "disable"} if "deduplicate_insert" in client.server_settings else {})


def put(client: Client, rows: list[Row]) -> None:
    client.insert("facts", rows, column_names=COLUMNS, settings=settings_of(client))


def fact(number: int, version: int, sign: int = 1, value: int | None = None) -> Row:
    at = TODAY.replace(hour=number % 24)
    day: date = at.date()
    worth = number if value is None else value
    return ("shop", "frt_human", day, at.hour, "desk", f"t{number % 7}", number, sign, version, "ms", worth, at)


def held(client: Client) -> list[tuple[int, int, int]]:
    return [tuple(row) for row in client.query("SELECT fact_id, version, value FROM facts FINAL ORDER BY fact_id").result_rows]


def count(client: Client) -> int:
    return int(str(client.command("SELECT count() FROM facts FINAL")))


def test_a_batch_twice_is_a_batch(database: Database) -> None:
    rows = [fact(number, version=1) for number in range(500)]
    for _ in range(3):
        put(database.admin, rows)
    assert held(database.admin) == [(number, 1, number) for number in range(500)]


def test_a_repetition_may_be_cut_and_mixed_differently(database: Database) -> None:
    rows = [fact(number, version=1) for number in range(300)]
    dice = random.Random(7)
    put(database.admin, rows)
    for _ in range(5):
        begin = dice.randrange(250)
        cut = rows[begin : begin + dice.randrange(1, 60)]
        dice.shuffle(cut)
        put(database.admin, cut)
    assert held(database.admin) == [(number, 1, number) for number in range(300)]


def test_an_older_version_that_comes_late_loses_before_and_after_a_merge(database: Database) -> None:
    put(database.admin, [fact(1, version=5, value=50)])
    put(database.admin, [fact(1, version=4, value=40), fact(2, version=4)])
    assert held(database.admin) == [(1, 5, 50), (2, 4, 2)]
    database.admin.command("OPTIMIZE TABLE facts FINAL")
    put(database.admin, [fact(1, version=3, value=30)])
    assert held(database.admin) == [(1, 5, 50), (2, 4, 2)]


def test_of_equal_versions_the_row_inserted_last_holds(database: Database) -> None:
    put(database.admin, [fact(1, version=5, value=50)])
    put(database.admin, [fact(1, version=5, value=51)])
    assert held(database.admin) == [(1, 5, 51)]
    put(database.admin, [fact(1, version=5, value=52), fact(1, version=5, value=53)])
    assert held(database.admin) == [(1, 5, 53)]


def test_a_new_epoch_outbids_every_offset_of_the_old_log(database: Database) -> None:
    put(database.admin, [fact(1, version=(1 << 48) | 999_999_999, value=1)])
    put(database.admin, [fact(1, version=(2 << 48) | 0, value=2)])
    assert held(database.admin) == [(1, 2 << 48, 2)]


def test_retracted_and_asserted_again_is_there_once(database: Database) -> None:
    put(database.admin, [fact(1, version=1), fact(2, version=1)])
    put(database.admin, [fact(1, version=2, sign=-1)])
    assert held(database.admin) == [(2, 1, 2)]
    put(database.admin, [fact(1, version=1)])  # redelivered: its retraction is newer
    assert held(database.admin) == [(2, 1, 2)]
    database.admin.command("OPTIMIZE TABLE facts FINAL")
    put(database.admin, [fact(1, version=1)])
    assert held(database.admin) == [(2, 1, 2)]
    put(database.admin, [fact(1, version=3)])
    assert held(database.admin) == [(1, 3, 1), (2, 1, 2)]


def test_an_identical_block_is_not_dropped(database: Database) -> None:
    """What deduplication once swallowed: the block is known, its rows are not there."""
    rows = [fact(number, version=1) for number in range(10)]
    put(database.admin, rows)
    database.admin.command("TRUNCATE TABLE facts")
    put(database.admin, rows)
    assert count(database.admin) == 10


def test_a_row_past_its_retention_is_not_kept(database: Database) -> None:
    old = list(fact(1, version=1))
    old[2], old[-1] = date(1999, 1, 1), datetime(1999, 1, 1, tzinfo=UTC)
    put(database.admin, [tuple(old), fact(2, version=1)])
    database.admin.command("OPTIMIZE TABLE facts FINAL")
    eventually(lambda: held(database.admin) == [(2, 1, 2)], what="the expired row is gone")


def test_what_was_acknowledged_survives_kill_9_and_the_rest_is_repeated_exactly_once(tmp_path: Path) -> None:
    """The server dies in the middle of inserts; the sink repeats whatever was not acknowledged."""
    with LocalClickHouse(tmp_path, free_port(), die_with_parent=True) as server:
        client = clickhouse_client(server)
        ensure_database(client, "deskpulse", Layout())
        migrate(client, Layout())
        acknowledged: list[int] = []
        killed = threading.Event()

        def insert_until_it_dies() -> None:
            while not killed.is_set() or len(acknowledged) == 0:
                batch = len(acknowledged)
                try:
                    put(client, [fact(number, version=1) for number in range(batch * 200, batch * 200 + 200)])
                except (Error, OSError):
                    return
                acknowledged.append(batch)

        inserting = threading.Thread(target=insert_until_it_dies)
        inserting.start()
        eventually(lambda: len(acknowledged) >= 10, within_s=30, what="batches are acknowledged")
        server.kill()
        killed.set()
        inserting.join()
        client.close()
        server.start()
        server.wait_ready()
        client = clickhouse_client(server, "deskpulse")
        kept = {row[0] for row in client.query("SELECT fact_id FROM facts FINAL").result_rows}
        assert kept >= set(range(len(acknowledged) * 200))
        for batch in (len(acknowledged) - 1, len(acknowledged)):
            put(client, [fact(number, version=1) for number in range(batch * 200, batch * 200 + 200)])
        whole = (len(acknowledged) + 1) * 200
        assert held(client) == [(number, 1, number) for number in range(whole)]
        client.close()


def clickhouse_client(server: LocalClickHouse, database: str = "default") -> Client:
    return clickhouse_connect.get_client(dsn=server.dsn(Role.ADMIN, database), autogenerate_session_id=False, query_retries=0)
