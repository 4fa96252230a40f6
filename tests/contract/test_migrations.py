"""Migrations against a real database: from nothing to current, twice, after a stop anywhere, and not where they do not belong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from deskpulse.local_clickhouse import Role
from deskpulse.migrate import Layout, MigrationRefusedError, ensure_database, migrate, pending, statements_of
from schemas.migrations import Migration, migrations
from tests.clickhouse_server import ClickHouse, Database

pytestmark = pytest.mark.clickhouse

LAYOUT = Layout()
SMALL = (
    Migration(
        1, "first", "CREATE TABLE IF NOT EXISTS one (n UInt8) ENGINE = MergeTree ORDER BY n;\n-- a remark; with a semicolon\n"
    ),
    Migration(
        2,
        "second",
        "ALTER TABLE one ADD COLUMN IF NOT EXISTS text String DEFAULT ';';\nALTER TABLE one ADD COLUMN IF NOT EXISTS at Date;\n"
        "ALTER TABLE one MODIFY TTL at + ${keep_events_days}",
    ),
)


@pytest.fixture
def empty(clickhouse: ClickHouse, scratch: Database) -> Iterator[Client]:
    """A client in a database that nothing was ever migrated in."""
    client = clickhouse.client()
    name = f"{scratch.name}_empty"
    ensure_database(client, name, LAYOUT)
    yield client
    client.command(f"DROP DATABASE {name} SYNC")
    client.close()


class StoppedError(Exception):
    """The process died here."""


class StoppingClient:
    """Stands in for a client whose process dies before its n-th statement or note."""

    def __init__(self, client: Client, dies_before: int) -> None:
        self._client = client
        self._left = dies_before

    def command(self, sql: str, **options: object) -> object:
        if not sql.startswith("EXISTS"):
            self._step()
        return self._client.command(sql, **options)  # type: ignore[arg-type]

    def raw_insert(self, *said: object) -> object:
        self._step()
        return self._client.raw_insert(*said)  # type: ignore[arg-type]

    def _step(self) -> None:
        if self._left == 0:
            raise StoppedError
        self._left -= 1

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


def columns(client: Client) -> list[str]:
    return [row[0] for row in client.query("DESCRIBE TABLE one").result_rows]


def test_an_empty_database_becomes_current_and_then_nothing_is_left(empty: Client) -> None:
    assert len(migrate(empty, LAYOUT)) == len(statements_of(migrations()))
    assert pending(empty, LAYOUT) == []
    assert migrate(empty, LAYOUT) == []
    assert empty.command("SELECT count() FROM schema_migrations FINAL") == len(statements_of(migrations()))


@pytest.mark.parametrize("dies_before", range(9))
def test_a_stop_between_any_two_steps_is_resumed(empty: Client, dies_before: int) -> None:
    """Steps: the journal, then each of four statements and the note of it."""
    dying: Client = StoppingClient(empty, dies_before)  # type: ignore[assignment]
    with pytest.raises(StoppedError):
        migrate(dying, LAYOUT, SMALL)
    noted = max(0, (dies_before - 1) // 2)
    assert len(migrate(empty, LAYOUT, SMALL)) == 4 - noted
    assert columns(empty) == ["n", "text", "at"]
    assert migrate(empty, LAYOUT, SMALL) == []


def test_a_changed_statement_is_refused_before_anything_runs(empty: Client) -> None:
    migrate(empty, LAYOUT, SMALL[:1])
    changed = (replace(SMALL[0], text=SMALL[0].text.replace("UInt8", "UInt16")), SMALL[1])
    with pytest.raises(MigrationRefusedError, match="statement 1 of migration 0001_first has changed"):
        migrate(empty, LAYOUT, changed)
    assert columns(empty) == ["n"]


def test_a_database_of_a_newer_build_is_refused(empty: Client) -> None:
    migrate(empty, LAYOUT, SMALL)
    with pytest.raises(MigrationRefusedError, match="knows migration 0002, statement 3"):
        migrate(empty, LAYOUT, SMALL[:1])


def test_a_remark_outside_of_a_statement_may_change(empty: Client) -> None:
    migrate(empty, LAYOUT, SMALL)
    assert migrate(empty, LAYOUT, (replace(SMALL[0], text="-- other\n" + SMALL[0].text), SMALL[1])) == []


def test_another_retention_repeats_only_what_holds_it(empty: Client) -> None:
    migrate(empty, LAYOUT, SMALL)
    again = migrate(empty, replace(LAYOUT, keep_events_days=9, keep_facts_days=9), SMALL)
    assert [(statement.version, statement.number) for statement in again] == [(2, 3)]
    assert "TTL at + 9" in str(empty.command("SHOW CREATE TABLE one"))
    assert migrate(empty, replace(LAYOUT, keep_events_days=9), SMALL) == []


def test_tables_cannot_become_replicated_in_place(empty: Client) -> None:
    tables = (replace(SMALL[0], text=SMALL[0].text.replace("MergeTree", "${replicated}MergeTree")),)
    migrate(empty, LAYOUT, tables)
    with pytest.raises(MigrationRefusedError, match="rebuild into another database"):
        migrate(empty, replace(LAYOUT, cluster="main"), tables)


def test_every_table_and_column_says_what_it_is(database: Database) -> None:
    tables = database.admin.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''")
    assert tables.result_rows == []
    silent = "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND NOT startsWith(table, 'v_')"
    assert database.admin.query(silent).result_rows == []


def test_every_table_is_an_upsert_that_compresses(database: Database) -> None:
    rows = database.admin.query(
        "SELECT name, engine FROM system.tables WHERE database = currentDatabase() AND engine != 'View'"
    ).result_rows
    assert {engine for _, engine in rows} == {"ReplacingMergeTree"}
    assert {name for name, _ in rows} == {
        *("ticket_events", "tickets", "facts", "orders", "metric_windows", "alerts", "dead_letters"),
        *("account_settings", "log_epochs", "forgotten", "schema_migrations"),
    }


def test_statements_for_a_cluster_are_understood(clickhouse: ClickHouse) -> None:
    """No cluster is at hand: the engine's parser must at least know every statement."""
    client = clickhouse.client(Role.READER)
    values = Layout(cluster="it's").values()
    for statement in statements_of(migrations()):
        text = statement.rendered(values)
        assert "ON CLUSTER 'it\\'s'" in text
        client.query("SELECT formatQuery({sql:String})", parameters={"sql": text})
    client.close()
