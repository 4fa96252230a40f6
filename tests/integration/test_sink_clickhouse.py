"""The sink as a process, Kafka and ClickHouse: whoever dies, what FINAL shows is what the log says."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from deskpulse.local_clickhouse import LocalClickHouse, Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.migrate import Layout, ensure_database, migrate
from events.derived import FactsRecord, TicketRow
from sinks.crash import Point
from sinks.settings import ClickHouseSettings, SinkSettings
from tests.clickhouse_server import Database
from tests.eventually import eventually
from tests.servers import FreshTopics
from tests.sink_process import settings_for, sink_process
from tests.sink_running import caught_up, facts_record, send, ticket
from tests.store_rows import settings_of

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@dataclass
class Said:
    """What went into the log, and so what must stand in the tables; by a way of its own, without the sink's code."""

    facts: dict[tuple[str, int], int]
    tickets: dict[str, tuple[int, int]]

    def say(self, topics: FreshTopics, numbers: range) -> None:
        """One transaction a call and partition; a ticket's later fact takes its earlier one back."""
        for partition in range(topics.partitions):
            facts: list[FactsRecord] = []
            tickets: list[TicketRow] = []
            for n in numbers:
                name, version = f"t{partition}-{n % 100}", n + 1
                if (name, partition) in self.facts:
                    facts.append(facts_record(name, self.facts[(name, partition)], version, retracted=True))
                facts.append(facts_record(name, n, version))
                tickets.append(ticket(name, version, replies=n))
                self.facts[(name, partition)] = n
                self.tickets[name] = (version, n)
            send(topics, "facts", partition, facts)
            send(topics, "tickets", partition, tickets)

    def check(self, client: Client) -> None:
        found = client.query("SELECT ticket_id, value FROM facts FINAL").result_rows
        assert sorted((str(name), int(value)) for name, value in found) == sorted(
            (name, value) for (name, _), value in self.facts.items()
        )
        rows = client.query("SELECT ticket_id, version, replies FROM tickets FINAL").result_rows
        assert {name: (version, replies) for name, version, replies in rows} == self.tickets


def until_caught_up(topics: FreshTopics, settings: SinkSettings, within_s: float = 60) -> None:
    eventually(lambda: caught_up(topics, settings), within_s, "everything is written and committed")


@pytest.mark.parametrize("point", ["before_insert", "during_insert", "after_insert"])
def test_a_sink_killed_at_any_point_loses_and_doubles_nothing(
    point: Point, fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    said = Said({}, {})
    settings = settings_for(fresh_topics, settings_of(database), tmp_path)
    said.say(fresh_topics, range(150))
    for nth in (1, 4):
        with sink_process(settings, (point, nth)) as sink:
            assert sink.wait(60) == -signal.SIGKILL, "the crash point was not reached"
        said.say(fresh_topics, range(150 + nth * 50, 200 + nth * 50))
    with sink_process(settings) as sink:
        until_caught_up(fresh_topics, settings)
    assert sink.returncode == 0, "SIGTERM ends it cleanly"
    said.check(database.admin)


def test_a_store_whose_rows_were_lost_is_found_out(fresh_topics: FreshTopics, database: Database, tmp_path: Path) -> None:
    """The negative control: one row less, or one more, and the comparison fails."""
    said = Said({}, {})
    settings = settings_for(fresh_topics, settings_of(database), tmp_path)
    said.say(fresh_topics, range(20))
    with sink_process(settings):
        until_caught_up(fresh_topics, settings)
    said.check(database.admin)
    database.admin.command("ALTER TABLE facts DELETE WHERE ticket_id = 't0-3' SETTINGS mutations_sync = 2")
    with pytest.raises(AssertionError):
        said.check(database.admin)


def test_a_database_that_has_nothing_of_the_log_is_filled_from_its_beginning(
    fresh_topics: FreshTopics, database: Database, another_database: Callable[[], Database], tmp_path: Path
) -> None:
    """The group's offsets say what another database holds: a new one, or one made anew, would stay empty and nobody would notice."""
    said, other = Said({}, {}), another_database()
    settings = settings_for(fresh_topics, settings_of(database), tmp_path)
    said.say(fresh_topics, range(50))
    with sink_process(settings):
        until_caught_up(fresh_topics, settings)
    with sink_process(replace(settings, clickhouse=settings_of(other))):
        eventually(
            lambda: other.admin.query("SELECT count() FROM facts FINAL").result_rows[0][0] == 50 * fresh_topics.partitions,
            60,
            "filled",
        )
    said.say(fresh_topics, range(50, 60))
    with sink_process(replace(settings, clickhouse=settings_of(other))):
        until_caught_up(fresh_topics, settings)
    said.check(other.admin)


@pytest.fixture
def own_clickhouse(tmp_path: Path) -> Iterator[LocalClickHouse]:
    """To be killed: nobody else's."""
    with LocalClickHouse(tmp_path / "clickhouse", free_port(), die_with_parent=True) as server:
        yield server


def test_a_clickhouse_that_is_killed_and_restarted_is_waited_for(
    fresh_topics: FreshTopics, own_clickhouse: LocalClickHouse, tmp_path: Path
) -> None:
    admin = clickhouse_connect.get_client(dsn=own_clickhouse.admin_dsn, autogenerate_session_id=False)
    ensure_database(admin, "deskpulse", Layout())
    migrate(admin, Layout())
    at = ClickHouseSettings("127.0.0.1", own_clickhouse.port, "writer", own_clickhouse.tokens.of(Role.WRITER))
    settings = settings_for(fresh_topics, at, tmp_path)
    said = Said({}, {})
    with sink_process(settings):
        said.say(fresh_topics, range(100))
        until_caught_up(fresh_topics, settings)
        for begin in (100, 200):
            said.say(fresh_topics, range(begin, begin + 50))
            own_clickhouse.kill()
            said.say(fresh_topics, range(begin + 50, begin + 100))
            eventually(lambda: _status(settings)["state"] == "waiting", 30)
            own_clickhouse.start()
            own_clickhouse.wait_ready()
            until_caught_up(fresh_topics, settings)
            eventually(lambda: _status(settings)["state"] == "running")
    said.check(admin)
    admin.close()


def test_a_row_that_clickhouse_refuses_becomes_a_letter_and_a_row_of_its_own(
    fresh_topics: FreshTopics, database: Database, tmp_path: Path
) -> None:
    settings = settings_for(fresh_topics, settings_of(database), tmp_path)
    send(fresh_topics, "tickets", 1, [ticket(f"t{n}", n) for n in range(20)] + [ticket("bad", 99, rating=300), ticket("last", 1)])
    with sink_process(settings):
        until_caught_up(fresh_topics, settings)
        eventually(lambda: database.admin.query("SELECT count() FROM dead_letters FINAL").result_rows == [(1,)])
    letter = database.admin.query(
        "SELECT stage, reason, account, source, src_topic, src_partition, src_offset, error FROM dead_letters FINAL"
    ).result_rows
    assert [row[:7] for row in letter] == [("sink", "bad_row", "acme", "zendesk", "tickets", 1, 20)]
    assert "300" not in letter[0][7]
    assert database.admin.query("SELECT count() FROM tickets FINAL").result_rows == [(21,)]


def _status(settings: SinkSettings) -> dict[str, Any]:
    assert settings.status is not None
    return dict(json.loads(settings.status.read_text()))
