"""Memory and ClickHouse keep the same contract; and what only ClickHouse can show: types, refusals, limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from deskpulse.local_clickhouse import Role
from sinks import epochs
from sinks.clickhouse import ClickHouseStore
from sinks.memory import MemoryStore
from sinks.rows import ALL
from sinks.rows.alerts import ALERTS
from sinks.rows.facts import FACTS
from sinks.rows.forgotten import FORGOTTEN
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.rows.orders import ORDERS
from sinks.rows.ticket_events import TICKET_EVENTS
from sinks.rows.tickets import TICKETS
from sinks.settings import ClickHouseSettings
from sinks.store import RefusedError, Store, UnavailableError
from sinks.table import Row, Table
from tests.clickhouse_server import Database

pytestmark = pytest.mark.clickhouse

TODAY = datetime.now(UTC).date().toordinal() - date(1970, 1, 1).toordinal()
NOW_MS = TODAY * 86_400_000
TOP = 2**64 - 1
Select = Callable[[Table], list[dict[str, Any]]]


def settings_of(database: Database) -> ClickHouseSettings:
    user, password = database.server.login(Role.WRITER)
    address = urlsplit(database.server.url)
    return ClickHouseSettings(address.hostname or "", address.port or 0, user, password, database.name)


def row(table: Table, **values: Any) -> Row:
    """Of the given values; what is left out is 0, empty or nothing."""
    empty: dict[str, Any] = dict.fromkeys(table.columns, "")
    numbers = "version is_deleted updated_at replies reopens level local_date local_hour fact_id value window_start count sum met missed"
    empty |= dict.fromkeys(
        [*numbers.split(), "seq", "rule_version", "at", "opened_at", "historical", "event_time", "src_partition"], 0
    )
    empty |= dict.fromkeys(["opened_date", "first_replied_at", "resolved_at", "abandoned_at", "waiting_since", "rating", "gauge"])
    empty |= dict.fromkeys(["first_response_ms", "resolution_ms", "business_ms", "onset_at", "observed", "expected"])
    empty |= {"tags": (), "levels": (), "labels": {}, "sign": 1, "amount": Decimal(0)}
    if table is FACTS:
        empty |= {"local_date": TODAY, "at": NOW_MS, "opened_at": None}
    if table is METRIC_WINDOWS:
        empty |= {"window_start": TODAY * 86_400}
    return tuple({**empty, **values}[column] for column in table.columns)


@pytest.fixture(params=["memory", "clickhouse"])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[Store, Select]]:
    if request.param == "memory":
        memory = MemoryStore()
        yield memory, memory.select
        return
    database: Database = request.getfixturevalue("database")
    reader = database.client(Role.READER)

    def select(table: Table) -> list[dict[str, Any]]:
        sql = f"SELECT {', '.join(table.columns)} FROM {table.name} FINAL"  # noqa: S608 - our own names
        return list(reader.query(sql).named_results())

    real = ClickHouseStore(settings_of(database))
    yield real, select
    real.close()
    reader.close()


def test_the_highest_version_holds_whatever_comes_last(store: tuple[Store, Select]) -> None:
    writes, select = store
    for version, status in ((5, "resolved"), (3, "open"), (4, "open")):
        writes.insert(TICKETS, [row(TICKETS, account="a", ticket_id="t", version=version, status=status)])
    assert [(found["version"], found["status"]) for found in select(TICKETS)] == [(5, "resolved")]


def test_of_equal_versions_the_one_inserted_last_holds(store: tuple[Store, Select]) -> None:
    writes, select = store
    writes.insert(TICKETS, [row(TICKETS, ticket_id="t", version=5, customer="token")])
    writes.insert(TICKETS, [row(TICKETS, ticket_id="t", version=5, customer="")])
    assert [found["customer"] for found in select(TICKETS)] == [""]


def test_a_higher_epoch_wins_over_any_offset(store: tuple[Store, Select]) -> None:
    writes, select = store
    for version in (1 << 48 | 5_000, 2 << 48 | 12):
        writes.insert(TICKETS, [row(TICKETS, ticket_id="t", version=version)])
    assert [found["version"] for found in select(TICKETS)] == [2 << 48 | 12]


def test_the_same_rows_twice_and_cut_differently_are_the_rows_once(store: tuple[Store, Select]) -> None:
    writes, select = store
    rows = [row(FACTS, metric="frt_human", fact_id=n, value=n, version=n) for n in range(10)]
    for part in (rows, rows, rows[:3], rows[3:]):
        writes.insert(FACTS, part)
    assert sorted(found["value"] for found in select(FACTS)) == list(range(10))


def test_an_identical_insert_is_not_taken_for_a_repetition(store: tuple[Store, Select], request: pytest.FixtureRequest) -> None:
    """Deduplication by block would swallow the second one, and with it the rows."""
    writes, select = store
    rows = [row(TICKETS, ticket_id="t", version=1)]
    writes.insert(TICKETS, rows)
    if isinstance(writes, ClickHouseStore):
        database: Database = request.getfixturevalue("database")
        database.admin.command("TRUNCATE TABLE tickets")
        writes.insert(TICKETS, rows)
    assert len(select(TICKETS)) == 1


def test_a_retracted_fact_and_a_removed_ticket_are_gone_until_they_come_back(store: tuple[Store, Select]) -> None:
    writes, select = store
    for version, sign, deleted in ((1, 1, 0), (2, -1, 1)):
        writes.insert(FACTS, [row(FACTS, fact_id=7, sign=sign, version=version)])
        writes.insert(TICKETS, [row(TICKETS, ticket_id="t", is_deleted=deleted, version=version)])
    assert (select(FACTS), select(TICKETS)) == ([], [])
    writes.insert(FACTS, [row(FACTS, fact_id=7, sign=1, version=1)])
    assert select(FACTS) == [], "an old repetition does not bring it back"
    writes.insert(FACTS, [row(FACTS, fact_id=7, sign=1, version=3)])
    writes.insert(TICKETS, [row(TICKETS, ticket_id="t", version=3)])
    assert (len(select(FACTS)), len(select(TICKETS))) == (1, 1)


def test_a_row_of_another_width_is_refused_and_nothing_of_it_stored(store: tuple[Store, Select]) -> None:
    writes, select = store
    with pytest.raises(RefusedError, match="table tickets"):
        writes.insert(TICKETS, [row(TICKETS, ticket_id="t"), ("short",)])
    assert select(TICKETS) == []


def test_no_rows_are_no_insert(store: tuple[Store, Select]) -> None:
    store[0].insert(TICKETS, [])
    assert store[1](TICKETS) == []


def test_epochs_count_up_with_the_logs_and_one_log_keeps_its_own(store: tuple[Store, Select]) -> None:
    writes, _ = store
    assert epochs.claim(writes, "cluster/topic-1", 4) == 1
    assert epochs.claim(writes, "cluster/topic-1", 4) == 1
    assert epochs.claim(writes, "cluster/topic-2", 4) == 2
    writes.insert(LOG_EPOCHS, [(9, "cluster/topic-1", 4)])
    assert epochs.claim(writes, "cluster/topic-1", 4) == 9, "carried on in a later epoch"
    assert writes.epochs() == {1: "cluster/topic-1", 2: "cluster/topic-2", 9: "cluster/topic-1"}


def test_whoever_asked_to_be_forgotten_is_known(store: tuple[Store, Select]) -> None:
    writes, _ = store
    writes.insert(FORGOTTEN, [("acme", "tok", 1), ("acme", "tok", 2), ("bolt", "other", 3)])
    assert writes.forgotten() == {("acme", "tok"), ("bolt", "other")}


# what only ClickHouse can show


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
