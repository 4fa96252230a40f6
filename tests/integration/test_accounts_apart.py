"""Two accounts never see each other's numbers, though sources, tickets, agents, teams and customers are called the same."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas.migrations import migrations
from sinks.clickhouse import ClickHouseStore
from sinks.store import Store
from tests.clickhouse_server import Database
from tests.fake_stores import LockedStore
from tests.integration.account_records import DAY_MS, SOURCES, say
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, settings
from tests.store_rows import settings_of

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

OF_NO_ACCOUNT: frozenset[str] = frozenset()
"""Views that may lack an account, each with its reason beside it: none does."""
OF_THE_MOMENT = frozenset({"written_at", "waiting_ms", "age_ms"})
"""Columns that say when a row arrived or was read: no two databases agree on them."""
ACCOUNTS = {"acme": 100, "bolt": 7_003}


@dataclass(frozen=True, slots=True)
class Filled:
    both: Client
    alone: dict[str, Client]


class _Passing(LockedStore):
    """Says that it is a database, and keeps what it is given from it: a sink that changes databases would begin anew."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def identity(self) -> str:
        real = ClickHouseStore(settings_of(self._database))
        try:
            return real.identity()
        finally:
            real.close()


@pytest.fixture
def filled(fresh_topics: FreshTopics, database: Database, another_database: Callable[[], Database], tmp_path: Path) -> Filled:
    """From the same topics, by the sink: a database of both accounts, and of each a database that never heard of the other."""
    at_ms = time.time_ns() // 1_000_000 - DAY_MS
    alone = {account: another_database() for account in ACCOUNTS}
    acme, bolt = ACCOUNTS

    def run(group: str, into: Store) -> None:
        with RunningSink(settings(fresh_topics, tmp_path, group=f"{fresh_topics.prefix}{group}"), into) as sink:
            sink.until_caught_up(fresh_topics)
        into.close()

    say(fresh_topics, acme, ACCOUNTS[acme], at_ms)
    run("only-acme", ClickHouseStore(settings_of(alone[acme])))
    run("only-bolt", _Passing(alone[bolt]))  # past everything of the other's
    say(fresh_topics, bolt, ACCOUNTS[bolt], at_ms)
    run("only-bolt", ClickHouseStore(settings_of(alone[bolt])))
    run("both", ClickHouseStore(settings_of(database)))
    return Filled(database.admin, {account: made.admin for account, made in alone.items()})


def views() -> list[str]:
    """Of every migration, by name."""
    found = {name for one in migrations() for name in re.findall(r"CREATE(?: OR REPLACE)? VIEW (\w+)", one.text)}
    assert found, "the migrations make no view: this looks in the wrong place"
    return sorted(found)


def columns(client: Client, view: str) -> list[str]:
    return [row[0] for row in client.query(f"DESCRIBE TABLE {view}").result_rows]


def rows(client: Client, view: str, account: str | None) -> list[str]:
    """As text, sorted, without what depends on the moment."""
    named = ", ".join(column for column in columns(client, view) if column not in OF_THE_MOMENT)
    where = "" if account is None else f" WHERE account = '{account}'"
    answer = client.query(f"SELECT toString(tuple({named})) FROM {view}{where}")  # noqa: S608  our own names
    return sorted(row[0] for row in answer.result_rows)


def test_every_view_shows_an_account_what_it_would_show_if_there_were_no_other(filled: Filled) -> None:
    assert {
        row[0]
        for row in filled.both.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
        ).result_rows
    } == set(views())
    differing = {}
    for view in views():
        if view in OF_NO_ACCOUNT:
            continue
        assert "account" in columns(filled.both, view), f"{view} has no account: nobody can be kept to their own rows"
        for account, alone in filled.alone.items():
            expected = rows(alone, view, None)
            assert expected, f"{view} shows nothing of {account}: it would pass whatever it did"
            if rows(filled.both, view, account) != expected:
                differing[view, account] = (rows(filled.both, view, account), expected)
        assert len(rows(filled.both, view, None)) == sum(len(rows(alone, view, None)) for alone in filled.alone.values()), view
    assert differing == {}


def test_a_source_named_alike_under_two_accounts_is_two_sources(filled: Filled) -> None:
    asked = "SELECT account, source, count() FROM v_tickets GROUP BY account, source ORDER BY account, source"
    expected = [(account, source, 2) for account in sorted(ACCOUNTS) for source in sorted(SOURCES)]
    assert [tuple(row) for row in filled.both.query(asked).result_rows] == expected
    owners = "SELECT count(), uniqExact(account, source), uniqExact(source) FROM ticket_events FINAL WHERE event_type LIKE '%.ticket.opened.%'"
    assert filled.both.query(owners).result_rows == [(4, 4, 2)]


def test_rows_of_one_account_shown_to_the_other_are_found_out(filled: Filled) -> None:
    """The negative control: a ticket that is put into the wrong account makes the comparison fail."""
    filled.both.command(
        "INSERT INTO tickets SELECT * REPLACE ('acme' AS account, 'stray' AS ticket_id) FROM tickets WHERE tickets.account = 'bolt'"
    )
    assert rows(filled.both, "v_tickets", "acme") != rows(filled.alone["acme"], "v_tickets", None)
