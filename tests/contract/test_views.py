"""Every view over facts equals a recomputation in Python; all have types a BI tool understands, and can be read when nothing is there."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from deskpulse.local_clickhouse import Role
from schemas import views
from tests.clickhouse_server import Database
from tests.contract.generated_facts import GeneratedFact, Key, generate, grouped, measures, period_of, values_of
from tests.contract.view_rows import put, read, tickets

pytestmark = pytest.mark.clickhouse

GRAINS = ["hour", "day", "week", "month", "quarter"]
DIMENSIONS = ["total", "channel", "team", "agent", "priority", "tag", "brand"]


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
