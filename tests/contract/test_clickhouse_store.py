"""What only ClickHouse can show: types, refusals, limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sinks.clickhouse import ClickHouseStore
from sinks.rows import ALL
from sinks.rows.alerts import ALERTS
from sinks.rows.facts import FACTS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.rows.orders import ORDERS
from sinks.rows.ticket_events import TICKET_EVENTS
from sinks.rows.tickets import TICKETS
from sinks.store import RefusedError, UnavailableError
from sinks.table import Table
from tests.clickhouse_server import Database
from tests.store_rows import NOW_MS, TODAY, TOP, row, settings_of

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def real(database: Database) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(settings_of(database))
    yield store
    store.close()


def test_every_table_has_the_columns_and_the_identity_that_the_sink_believes_in(database: Database) -> None:
    for table in ALL:
        found = {
            name
            for (name,) in database.admin.query(
                "SELECT name FROM system.columns WHERE database = {d:String} AND table = {t:String}",
                {"d": database.name, "t": table.name},
            ).result_rows
        }
        assert set(table.columns) <= found, table.name
        sorting = database.admin.query(
            "SELECT sorting_key FROM system.tables WHERE database = {d:String} AND name = {t:String}",
            {"d": database.name, "t": table.name},
        ).result_rows[0][0]
        key = sorting.replace("toStartOfHour(event_time)", "event_time")
        assert tuple(part.strip() for part in key.split(",")) == table.identity, table.name


def test_values_come_back_as_they_went_in(database: Database, real: ClickHouseStore) -> None:
    at = NOW_MS + 123
    real.insert(
        TICKETS,
        [
            row(
                TICKETS,
                ticket_id="full",
                version=TOP,
                tags=("a", "ü\n"),
                opened_at=at,
                opened_date=TODAY,
                updated_at=at,
                rating=5,
            ),
            row(TICKETS, ticket_id="unknown", opened_at=None),
        ],
    )
    real.insert(FACTS, [row(FACTS, fact_id=TOP, value=-(2**63), business_ms=0, met=0, local_hour=23, opened_date=TODAY)])
    real.insert(METRIC_WINDOWS, [row(METRIC_WINDOWS, label="chat\x1ft1", levels=(0, 1, 2, 3, 4), gauge=0)])
    real.insert(ORDERS, [row(ORDERS, order_id="o", amount=Decimal("-99999999999999.9999"))])
    real.insert(ALERTS, [row(ALERTS, opened_at=at, labels={"channel": "chat"}, observed=10.2, seq=1)])
    real.insert(TICKET_EVENTS, [row(TICKET_EVENTS, event_time=at, data=json.dumps({"a": "\x00é"}))])
    ask = database.admin.query
    assert ask(
        "SELECT version, tags, toUnixTimestamp64Milli(opened_at), toUInt32(opened_date), rating FROM tickets ORDER BY ticket_id"
    ).result_rows == [(TOP, ["a", "ü\n"], at, TODAY, 5), (0, [], None, None, None)]
    assert ask(
        "SELECT fact_id, value, business_ms, met, toUInt32(local_date), local_hour, is_deleted FROM facts"
    ).result_rows == [(TOP, -(2**63), 0, 0, TODAY, 23, 0)]
    assert ask("SELECT label, levels, gauge, toUnixTimestamp(window_start) FROM metric_windows").result_rows == [
        ("chat\x1ft1", [0, 1, 2, 3, 4], 0, TODAY * 86_400)
    ]
    assert ask("SELECT amount FROM orders").result_rows == [(Decimal("-99999999999999.9999"),)]
    assert ask("SELECT labels, observed, expected FROM alerts").result_rows == [({"channel": "chat"}, 10.2, None)]
    assert ask("SELECT data, toUnixTimestamp64Milli(event_time) FROM ticket_events").result_rows == [
        (json.dumps({"a": "\x00é"}), at)
    ]


@pytest.mark.parametrize(
    ("table", "bad"),
    [
        (TICKETS, {"rating": 300}),
        (TICKETS, {"rating": "SECRET"}),
        (TICKETS, {"account": None}),
        (TICKETS, {"replies": -1}),
        (TICKETS, {"tags": 7}),
        (FACTS, {"value": 2**63}),
        (FACTS, {"value": None}),
        (FACTS, {"local_date": -1}),
        (FACTS, {"at": "SECRET"}),
        (ORDERS, {"amount": Decimal(10) ** 20}),
        (ALERTS, {"labels": "SECRET"}),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else str(value),
)
def test_a_value_that_does_not_fit_is_refused_without_repeating_it(
    real: ClickHouseStore, database: Database, table: Table, bad: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RefusedError, match=f"table {table.name}") as refused:
        real.insert(table, [row(table), row(table, **bad)])
    assert "SECRET" not in str(refused.value)
    assert "SECRET" not in caplog.text
    assert database.admin.query("SELECT count() FROM {t:Identifier}", {"t": table.name}).result_rows == [(0,)]
    real.insert(table, [row(table)])


def test_a_row_that_the_server_refuses_is_refused(real: ClickHouseStore, database: Database) -> None:
    database.admin.command("ALTER TABLE tickets ADD CONSTRAINT no_loops CHECK ticket_id != merged_into")
    with pytest.raises(RefusedError, match="code 469"):
        real.insert(TICKETS, [row(TICKETS, ticket_id="SECRET", merged_into="SECRET")])
    real.insert(TICKETS, [row(TICKETS, ticket_id="t", merged_into="u")])


def test_inserts_are_synchronous_and_never_deduplicated(real: ClickHouseStore) -> None:
    real.epochs()
    assert real._insert_settings["async_insert"] == 0
    assert real._insert_settings["insert_deduplicate"] == 0
    assert real._client is not None
    assert ("deduplicate_insert" in real._client.server_settings) == ("deduplicate_insert" in real._insert_settings)


def test_a_database_that_is_not_there_or_not_migrated_is_waited_for(database: Database) -> None:
    elsewhere = ClickHouseStore(replace(settings_of(database), database="nowhere_yet"))
    with pytest.raises(UnavailableError, match="deskpulse migrate"):
        elsewhere.epochs()
    database.admin.command("DROP TABLE tickets SYNC")
    store = ClickHouseStore(settings_of(database))
    with pytest.raises(UnavailableError, match="deskpulse migrate"):
        store.insert(TICKETS, [row(TICKETS)])
    database.admin.command("DROP TABLE log_epochs SYNC")
    with pytest.raises(UnavailableError, match="deskpulse migrate"):
        store.identity()
    for opened in (elsewhere, store):
        opened.close()


def test_a_wrong_password_and_a_closed_port_are_waited_for_and_said(database: Database) -> None:
    stranger = ClickHouseStore(replace(settings_of(database), password="wrong"))
    with pytest.raises(UnavailableError, match="check user and password"):
        stranger.epochs()
    nobody = ClickHouseStore(replace(settings_of(database), port=1))
    with pytest.raises(UnavailableError, match=r"no answer from 127\.0\.0\.1:1"):
        nobody.insert(TICKETS, [row(TICKETS)])


def test_a_hundred_and_one_days_go_in_by_two_inserts_and_would_be_refused_as_one(
    real: ClickHouseStore, database: Database
) -> None:
    database.admin.command("ALTER TABLE metric_windows MODIFY TTL toDate(window_start) + 400")
    rows = [row(METRIC_WINDOWS, window_start=(TODAY - n) * 86_400) for n in range(101)]
    with pytest.raises(UnavailableError, match="code 252"):
        real.insert(METRIC_WINDOWS, rows)
    for part in METRIC_WINDOWS.inserts(rows):
        real.insert(METRIC_WINDOWS, part)
    assert database.admin.query("SELECT count() FROM metric_windows FINAL").result_rows == [(101,)]


def test_rows_vanish_on_the_day_on_which_the_sink_says_they_expire(real: ClickHouseStore, database: Database) -> None:
    rows = [row(METRIC_WINDOWS, window_start=(TODAY - days) * 86_400 + 86_399) for days in (6, 7, 8)]
    real.insert(METRIC_WINDOWS, rows)
    database.admin.command("OPTIMIZE TABLE metric_windows FINAL")
    kept = database.admin.query("SELECT toUnixTimestamp(window_start) FROM metric_windows").result_rows
    assert [at for (at,) in kept] == [
        made[METRIC_WINDOWS.columns.index("window_start")] for made in rows if not METRIC_WINDOWS.is_expired(made, TODAY, 7)
    ]
