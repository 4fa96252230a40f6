"""Rows for a store, and how a test's database is reached as the sink reaches it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from deskpulse.local_clickhouse import Role
from sinks.rows.facts import FACTS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.settings import ClickHouseSettings
from sinks.table import Row, Table
from tests.clickhouse_server import Database

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
