"""Memory and ClickHouse keep the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deskpulse.local_clickhouse import Role
from sinks import epochs
from sinks.clickhouse import ClickHouseStore
from sinks.memory import MemoryStore
from sinks.rows.facts import FACTS
from sinks.rows.forgotten import FORGOTTEN
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.rows.tickets import TICKETS
from sinks.store import RefusedError, Store
from sinks.table import Table
from tests.clickhouse_server import Database
from tests.store_rows import Select, row, settings_of

pytestmark = pytest.mark.clickhouse


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


def test_a_database_is_itself_and_no_other(store: tuple[Store, Select], another_database: Callable[[], Database]) -> None:
    """What was stored in one is not in the other: a sink has to know which it fills."""
    writes, _ = store
    other = ClickHouseStore(settings_of(another_database()))
    assert "" != writes.identity() == writes.identity() != other.identity() != ""
    other.close()
