"""Every view equals a recomputation in Python, has types a BI tool understands, and can be read when nothing is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from deskpulse.local_clickhouse import Role
from schemas import views
from tests.clickhouse_server import Database
from tests.contract.generated_facts import COLUMNS, GeneratedFact, Key, generate, grouped, measures, period_of, values_of

pytestmark = pytest.mark.clickhouse

GRAINS = ["hour", "day", "week", "month", "quarter"]
DIMENSIONS = ["total", "channel", "team", "agent", "priority", "tag", "brand"]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def facts(module_database: Database) -> list[GeneratedFact]:
    """What holds after assertions, retractions, and retractions taken back, in several inserts; one of them merged."""
    made = generate(seed=20, number=900)
    put(module_database.admin, made, sign=1, version=1)
    retracted, restored = made[::3], made[::6]
    put(module_database.admin, retracted, sign=-1, version=2)
    module_database.admin.command("OPTIMIZE TABLE facts FINAL")
    put(module_database.admin, restored, sign=1, version=3)
    put(module_database.admin, made[::5], sign=1, version=1)
    gone = {fact.fact_id for fact in retracted} - {fact.fact_id for fact in restored}
    return [fact for fact in made if fact.fact_id not in gone]


def put(client: Client, made: Iterable[GeneratedFact], sign: int, version: int) -> None:
    rows = [(*astuple(fact)[:-1], list(fact.tags), sign, version) for fact in made]
    client.insert("facts", rows, column_names=[*COLUMNS, "sign", "version"], settings={"async_insert": 0})


def read(client: Client, view: str, key: list[str]) -> dict[Key, dict[str, Any]]:
    result = client.query(f"SELECT * FROM {view}", tz_mode="aware")  # noqa: S608  the names are this module's
    rows = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
    found = {tuple(row.pop(name) for name in key): row for row in rows}
    assert len(found) == len(rows), "two rows share a key"
    return found


def key_of(dimension: str) -> list[str]:
    column = {"total": [], "agent": ["agent_id"]}.get(dimension, [dimension])
    return ["account", "metric", "period", *column]


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("grain", GRAINS)
def test_metrics_equal_a_recomputation(module_database: Database, facts: list[GeneratedFact], grain: str, dimension: str) -> None:
    expected = grouped(
        facts,
        lambda fact: [
            (fact.account, fact.metric, period_of(grain, fact.local_date, fact.local_hour), *value)
            for value in values_of(dimension, fact)
        ],
    )
    found = read(module_database.admin, f"v_metrics_{grain}_by_{dimension}", key_of(dimension))
    assert found.keys() == expected.keys()
    for key, row in found.items():
        assert row == pytest.approx(measures(expected[key])), key


@pytest.mark.parametrize("dimension", ["total", "channel"])
@pytest.mark.parametrize("grain", GRAINS[1:])
def test_cohorts_equal_a_recomputation(module_database: Database, facts: list[GeneratedFact], grain: str, dimension: str) -> None:
    expected = grouped(
        [fact for fact in facts if fact.opened_date is not None],
        lambda fact: [
            (fact.account, fact.metric, period_of(grain, fact.opened_date or date.min, 0), *value)
            for value in values_of(dimension, fact)
        ],
    )
    found = read(module_database.admin, f"v_cohorts_{grain}_by_{dimension}", key_of(dimension))
    assert found.keys() == expected.keys()
    for key, row in found.items():
        assert row == pytest.approx(measures(expected[key])), key


@pytest.mark.parametrize("grain", GRAINS)
def test_levels_and_scores_equal_a_recomputation(module_database: Database, facts: list[GeneratedFact], grain: str) -> None:
    def key(fact: GeneratedFact) -> Key:
        return fact.account, fact.metric, period_of(grain, fact.local_date, fact.local_hour), fact.channel

    key_columns = ["account", "metric", "period", "channel"]
    levels = Counter((*key(fact), fact.level) for fact in facts if fact.level)
    whole = Counter(key(fact) for fact in facts if fact.level)
    found = read(module_database.admin, f"v_levels_{grain}", [*key_columns, "level"])
    assert found.keys() == {(*of, level) for of in whole for level in range(1, 6)}
    for at, row in found.items():
        assert row == pytest.approx({"count": levels[at], "share": levels[at] / whole[at[:-1]]})
    scores = Counter((*key(fact), fact.value) for fact in facts if fact.unit == "score")
    found = read(module_database.admin, f"v_scores_{grain}", [*key_columns, "score"])
    assert {at: row["answers"] for at, row in found.items()} == scores


def test_v_facts_shows_what_holds(module_database: Database, facts: list[GeneratedFact]) -> None:
    rows = module_database.admin.query("SELECT fact_id, value FROM v_facts").result_rows
    assert sorted(map(tuple, rows)) == sorted((fact.fact_id, fact.value) for fact in facts)


def test_a_filter_on_the_period_reads_little(module_database: Database, facts: list[GeneratedFact]) -> None:
    """Its expression is the key's and the index's own, so partitions and granules are skipped."""
    assert facts
    since = max(fact.at for fact in facts).strftime("%Y-%m-%d")
    for view in ("v_metrics_hour_by_channel", "v_metrics_day_by_channel"):
        plan = module_database.admin.query(f"EXPLAIN indexes = 1 SELECT * FROM {view} WHERE period >= '{since}'")  # noqa: S608  likewise
        lines = [str(row[0]).strip() for row in plan.result_rows]
        # Of what the step before left, FINAL takes back what overlaps: some step must have read less than it was given.
        read_of = [line.removeprefix("Parts: ").split("/") for line in lines if re.fullmatch(r"Parts: \d+/\d+", line)]
        assert any(int(some) < int(every) for some, every in read_of), (view, lines)


def test_a_bi_tool_sees_the_right_types(module_database: Database) -> None:
    described = module_database.admin.query("DESCRIBE TABLE v_metrics_hour_by_channel").result_rows
    types = {row[0]: row[1] for row in described}
    assert types["period"] == "DateTime('UTC')"
    assert types["attained"] == "Nullable(Float64)"
    assert (types["count"], types["sum"], types["p50"]) == ("UInt64", "Int64", "Float64")
    for view in ("v_metrics_day_by_total", "v_cohorts_day_by_total", "v_tickets_by_tag", "v_conversion"):
        described = module_database.admin.query(f"DESCRIBE TABLE {view}").result_rows
        assert {row[0]: row[1] for row in described}["period"] == "Date", view


def test_every_view_can_be_read_where_nothing_is_stored(database: Database) -> None:
    """A view that cannot be read is created all the same; and whatever a client does to NULLs must not break one."""
    reader = database.client(Role.READER)
    names = [
        row[0]
        for row in reader.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
        ).result_rows
    ]
    assert len(names) == views.text().count("CREATE OR REPLACE VIEW")
    for name in names:
        for nulls in (0, 1):
            result = reader.query(f"SELECT * FROM {name}", settings={"join_use_nulls": nulls})  # noqa: S608  likewise
            assert result.result_rows == [], name
            assert result.column_names or name, name
    reader.close()


TICKET = {
    "account": "shop",
    "source": "desk",
    "version": 1,
    "status": "open",
    "customer": "c1",
    "channel": "chat",
    "updated_at": NOW,
}


def tickets(client: Client, *rows: dict[str, Any]) -> None:
    names = sorted({name for row in rows for name in row} | TICKET.keys() | {"ticket_id", "opened_at", "opened_date", "tags"})
    blank: dict[str, Any] = TICKET | {"opened_at": None, "opened_date": None, "tags": []}
    client.insert("tickets", [[(blank | row).get(name, "") for name in names] for row in rows], column_names=names)


def test_tickets_know_their_week_and_deleted_ones_are_gone(database: Database) -> None:
    tickets(
        database.admin,
        {"ticket_id": "1", "opened_at": NOW, "opened_date": date(2026, 3, 1), "tags": ["a", "b"]},
        {"ticket_id": "2", "opened_date": date(2026, 3, 1), "tags": ["b"], "opened_at": NOW},
        {"ticket_id": "3", "opened_date": date(2026, 3, 1), "tags": ["b"], "merged_into": "1", "opened_at": NOW},
        {"ticket_id": "4", "tags": ["a"]},
    )
    database.admin.insert(
        "tickets",
        [["shop", "desk", "5", 1, 1, NOW]],
        column_names=["account", "source", "ticket_id", "version", "is_deleted", "updated_at"],
    )
    rows = database.admin.query(
        "SELECT ticket_id, opened_week, opened_month, opened_quarter FROM v_tickets ORDER BY ticket_id"
    ).result_rows
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0][1:] == (date(2026, 2, 23), date(2026, 3, 1), date(2026, 1, 1))
    assert rows[3][1:] == (None, None, None)
    by_tag = database.admin.query("SELECT tag, tickets FROM v_tickets_by_tag ORDER BY tag").result_rows
    assert by_tag == [("a", 1), ("b", 2)]


def test_waiting_and_backlog_show_open_tickets_with_their_age(database: Database) -> None:
    hour_ago = NOW - timedelta(hours=1)
    tickets(
        database.admin,
        {"ticket_id": "waits", "opened_at": hour_ago, "waiting_since": hour_ago},
        {"ticket_id": "answered", "opened_at": hour_ago, "waiting_since": None},
        {"ticket_id": "done", "opened_at": hour_ago, "waiting_since": None, "status": "resolved"},
        {"ticket_id": "adopted", "waiting_since": None},
    )
    waiting = database.admin.query("SELECT ticket_id, waiting_ms FROM v_waiting").result_rows
    assert [row[0] for row in waiting] == ["waits"]
    assert 3_600_000 <= waiting[0][1] < 4_000_000
    aged = database.admin.query("SELECT ticket_id, age_ms FROM v_backlog").result_rows
    backlog = {row[0]: row[1] for row in aged}
    assert backlog.keys() == {"waits", "answered", "adopted"}
    assert backlog["adopted"] is None
    assert backlog["waits"] >= 3_600_000


def test_minutes_have_their_average_and_share(database: Database) -> None:
    columns = [
        "account",
        "metric",
        "scope",
        "window_start",
        "label",
        "version",
        "count",
        "sum",
        "met",
        "missed",
        "levels",
        "gauge",
    ]
    minute = NOW.replace(second=0)
    database.admin.insert(
        "metric_windows",
        [
            ["shop", "frt_human", "channel+team", minute, "chat\x1fred", 1, 9, 9, 9, 9, [], None],
            ["shop", "frt_human", "channel+team", minute, "chat\x1fred", 2, 4, 600, 3, 1, [1, 0, 2, 0, 1], None],
            ["shop", "waiting_now", "total", minute, "", 1, 0, 0, 0, 0, [], 7],
        ],
        column_names=columns,
    )
    asked = "SELECT label, count, avg, attained, level_1, level_3, level_5, gauge, version FROM v_windows ORDER BY metric"
    assert database.admin.query(asked).result_rows == [
        ("chat / red", 4, 150.0, 0.75, 1, 2, 1, None, 2),
        ("", 0, None, None, 0, 0, 0, 7, 1),
    ]


def test_an_alert_shows_its_last_transition(database: Database) -> None:
    columns = ["account", "opened_at", "episode_id", "seq", "version", "state", "at", "historical"]
    rows = [
        ["shop", NOW, "e1", 1, 1, "firing", NOW, 0],
        ["shop", NOW, "e1", 2, 2, "resolved", NOW, 0],
        ["shop", NOW, "e2", 1, 3, "firing", NOW, 0],
        ["shop", NOW, "e3", 1, 4, "firing", NOW, 1],
        ["other", NOW, "e2", 1, 5, "resolved", NOW, 0],
    ]
    database.admin.insert("alerts", rows, column_names=columns)
    shown = database.admin.query("SELECT account, episode_id, seq, state FROM v_alerts ORDER BY account, episode_id").result_rows
    assert shown == [
        ("other", "e2", 1, "resolved"),
        ("shop", "e1", 2, "resolved"),
        ("shop", "e2", 1, "firing"),
        ("shop", "e3", 1, "firing"),
    ]
    assert database.admin.query("SELECT account, episode_id FROM v_open_alerts").result_rows == [("shop", "e2")]


ORDER = ["account", "source", "order_id", "event_id", "version", "kind", "at", "customer", "amount", "currency"]


def test_orders_are_edited_and_refunded(database: Database) -> None:
    """The last placement holds, refunds add up, and what is redelivered counts once."""
    rows = [
        ["shop", "web", "o1", "e1", 1, "placed", NOW, "c1", Decimal(100), "EUR"],
        ["shop", "web", "o1", "e2", 2, "placed", NOW + timedelta(hours=1), "c1", Decimal(80), "EUR"],
        ["shop", "web", "o1", "e3", 3, "refunded", NOW + timedelta(hours=2), "c1", Decimal(10), "EUR"],
        ["shop", "web", "o1", "e4", 4, "refunded", NOW + timedelta(hours=3), "c1", Decimal("5.5"), "EUR"],
        ["shop", "web", "o2", "e5", 5, "refunded", NOW, "c1", Decimal(1), "EUR"],
    ]
    for part in (rows, rows[2:4]):
        database.admin.insert("orders", part, column_names=ORDER)
    shown = database.admin.query("SELECT order_id, amount, refunded, placed_at FROM v_orders", tz_mode="aware").result_rows
    assert shown == [("o1", Decimal(80), Decimal("15.5"), NOW)]


def test_an_order_is_credited_to_the_ticket_opened_last_within_five_days(database: Database) -> None:
    five = timedelta(days=5)
    tickets(
        database.admin,
        {"ticket_id": "early", "opened_at": NOW - five, "opened_date": (NOW - five).date()},
        {"ticket_id": "late", "opened_at": NOW - timedelta(days=1), "opened_date": (NOW - five).date(), "customer": "c2"},
        {"ticket_id": "earlier", "opened_at": NOW - timedelta(days=2), "opened_date": (NOW - five).date(), "customer": "c2"},
        {
            "ticket_id": "missed",
            "opened_at": NOW - five - timedelta(milliseconds=1),
            "opened_date": (NOW - five).date(),
            "customer": "c3",
        },
        {"ticket_id": "nobody", "opened_at": NOW, "opened_date": (NOW - five).date(), "customer": ""},
        {"ticket_id": "merged", "opened_at": NOW, "opened_date": (NOW - five).date(), "customer": "c2", "merged_into": "late"},
    )
    rows = [
        ["shop", "web", f"o{customer}", f"e{customer}", 1, "placed", NOW, customer, Decimal(1), "EUR"]
        for customer in ("c1", "c2", "c3", "")
    ]
    database.admin.insert("orders", rows, column_names=ORDER)
    credited = "SELECT order_id, ticket_id FROM v_conversions ORDER BY order_id"
    assert database.admin.query(credited).result_rows == [("oc1", "early"), ("oc2", "late")]
    for nulls in (0, 1):
        rate = database.admin.query("SELECT sum(tickets), sum(converted) FROM v_conversion", settings={"join_use_nulls": nulls})
        assert rate.result_rows == [(5, 2)]


def test_customers_are_counted_once(database: Database) -> None:
    made = [fact for fact in generate(seed=3, number=80) if fact.account == "shop"]
    put(database.admin, made, sign=1, version=1)
    known = sorted({(fact.source, fact.ticket_id) for fact in made})
    customer = {ticket: f"c{number % 5}" if number % 4 else "" for number, ticket in enumerate(known)}
    tickets(
        database.admin,
        *({"source": source, "ticket_id": ticket, "customer": customer[source, ticket]} for source, ticket in known),
    )
    expected: dict[Key, set[str]] = {}
    for fact in made:
        if name := customer[fact.source, fact.ticket_id]:
            expected.setdefault((fact.account, fact.metric, period_of("month", fact.local_date, 0)), set()).add(name)
    found = read(database.admin, "v_customers_month", ["account", "metric", "period"])
    assert {key: row["customers"] for key, row in found.items()} == {key: len(names) for key, names in expected.items()}


def test_accounts_never_see_each_other(module_database: Database, facts: list[GeneratedFact]) -> None:
    shop = [fact for fact in facts if fact.account == "shop"]
    total = "SELECT sum(count) FROM v_metrics_day_by_total WHERE account = 'shop'"
    assert module_database.admin.command(total) == len(shop) < len(facts)
