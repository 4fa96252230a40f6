"""Views that show what was stored: tickets, minutes, alerts, orders and what followed from them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.clickhouse_server import Database
from tests.contract.view_rows import NOW, tickets

pytestmark = pytest.mark.clickhouse

ORDER = ["account", "source", "order_id", "event_id", "version", "kind", "at", "customer", "amount", "currency"]


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
    assert 3_600_000 <= waiting[0][1] < 4 * 3_600_000
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
