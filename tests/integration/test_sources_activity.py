"""What `deskpulse sources list` and `sources test` ask of ClickHouse, on the real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskpulse.database import Database as Asked
from deskpulse.local_clickhouse import Role
from deskpulse.sources.activity import DAY_MS, HOUR_MS, Activity, activity
from deskpulse.sources.delivery import folded_ticket
from deskpulse.sources.words import Ticket
from deskpulse.wiring.logins import Access
from sinks.clickhouse import ClickHouseStore
from sinks.rows.tickets import TICKETS
from tests.clickhouse_server import Database
from tests.store_rows import NOW_MS, row, settings_of

pytestmark = pytest.mark.clickhouse

_EVENT = "INSERT INTO ticket_events (account, source, event_id, event_time, version, written_at) VALUES"
_LETTER = "INSERT INTO dead_letters (stage, letter_id, account, source, at) VALUES"


@pytest.fixture
def asked(database: Database) -> Iterator[Asked]:
    user, password = database.server.login(Role.READER)
    asked = Asked(Access(database.server.url, database.name, user, password))
    yield asked
    asked.close()


def _instant(at_ms: int) -> str:
    return f"fromUnixTimestamp64Milli({at_ms})"


def _events(database: Database, source: str, *told: tuple[str, int, int, int]) -> None:
    """Id, how long ago, version, and how late it was stored."""
    for event_id, ago_ms, version, late_ms in told:
        at, stored = _instant(NOW_MS - ago_ms), _instant(NOW_MS - ago_ms + late_ms)
        database.admin.command(f"{_EVENT} ('acme', '{source}', '{event_id}', {at}, {version}, {stored})")


def test_a_source_is_counted_by_hour_and_day_each_event_once(database: Database, asked: Asked) -> None:
    _events(
        database,
        "desk",
        ("a", 60_000, 1, 1_000),
        ("b", 2 * HOUR_MS, 1, 2_000),
        # The same delivery again: one event.
        ("b", 2 * HOUR_MS, 2, 3_000),
        ("c", 3 * HOUR_MS, 1, 9_000),
        ("old", 2 * DAY_MS, 1, 1),
    )
    _events(database, "shop", ("x", 3 * DAY_MS, 1, 1))
    for letter, source, ago_ms in (("1", "desk", 5), ("2", "desk", DAY_MS + 5), ("3", "", 5)):
        at = _instant(NOW_MS - ago_ms)
        database.admin.command(f"{_LETTER} ('gateway', '{letter}', '{'acme' if source else ''}', '{source}', {at})")
    seen = activity(asked, NOW_MS, by_the_wall=True)
    assert seen["acme", "desk"] == Activity(NOW_MS - 60_000, 1, 3, 1, 3_000, 9_000)
    assert seen["acme", "shop"] == Activity(NOW_MS - 3 * DAY_MS)
    assert seen["", ""] == Activity(rejects_day=1)
    assert activity(asked, NOW_MS, by_the_wall=False)["acme", "desk"].late_median_ms is None


def test_a_ticket_is_known_once_it_holds_the_event(database: Database, asked: Asked) -> None:
    store = ClickHouseStore(settings_of(database))
    told = {"account": "acme", "source": "desk", "ticket_id": "7", "channel": "email", "customer": "4f", "version": 1}
    store.insert(TICKETS, [row(TICKETS, **told, updated_at=NOW_MS, first_replied_at=NOW_MS, first_response_ms=254_000)])
    store.close()
    assert folded_ticket(asked, "acme", "desk", "7", NOW_MS) == Ticket("email", True, NOW_MS, 254_000)
    assert folded_ticket(asked, "acme", "desk", "7", NOW_MS + 1) is None
    assert folded_ticket(asked, "acme", "shop", "7", NOW_MS) is None
