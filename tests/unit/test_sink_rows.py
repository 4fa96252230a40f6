"""Records of the fold to rows: each topic by example."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from events.derived import SCHEMA, Fact, Facts, FactsRecord, Gauge, Leaf, Minute, MinuteGauges, TicketRow
from events.identity import identify
from events.metrics import FRT_HUMAN
from sinks import rows
from sinks.rows.build import BadRow
from tests.row_examples import DAY, VERSION, built, known, record

# tickets


def test_a_ticket_becomes_a_row_and_the_folds_own_state_is_ignored() -> None:
    ticket = TicketRow(
        schema=SCHEMA,
        version=VERSION,
        account="acme",
        source="zendesk",
        ticket="1001",
        status="resolved",
        customer="c" * 64,
        agent="a7",
        last_agent="a8",
        opened_at=DAY * 86_400_000,
        opened_hour=DAY * 24 - 1,
        rating=5,
        level=4,
        tags=("vip",),
    )
    with_state = [*msgspec.msgpack.decode(msgspec.msgpack.encode(ticket)), {"history": [1, 2, 3]}, 17]
    row = built(record("tickets", with_state))["tickets"][0]
    assert row["agent_id"] == "a7"
    assert row["last_agent_id"] == "a8"
    assert row["opened_date"] == DAY - 1, "the civil day of the account, not of UTC"
    assert row["is_deleted"] == 0
    assert row["version"] == VERSION
    assert row["customer"] == "c" * 64


def test_a_removed_ticket_is_deleted_and_a_merged_one_is_not() -> None:
    def deleted(status: str) -> int:
        ticket = TicketRow(schema=SCHEMA, version=1, account="a", source="s", ticket="t", status=status)
        return int(built(record("tickets", ticket))["tickets"][0]["is_deleted"])

    assert [deleted(status) for status in ("open", "resolved", "merged", "removed")] == [0, 0, 0, 1]


def test_an_unknown_opening_is_no_date() -> None:
    row = built(record("tickets", TicketRow(schema=SCHEMA, version=1, account="a", source="s", ticket="t")))["tickets"][0]
    assert row["opened_at"] is None
    assert row["opened_date"] is None


def test_a_forgotten_customer_is_blanked_in_a_ticket_of_any_version() -> None:
    ticket = TicketRow(schema=SCHEMA, version=1, account="acme", source="s", ticket="t", customer="tok")
    assert built(record("tickets", ticket), known(("acme", "tok")))["tickets"][0]["customer"] == ""
    assert built(record("tickets", ticket), known(("bolt", "tok")))["tickets"][0]["customer"] == "tok"


# facts


def fact(value: int, **more: Any) -> Fact:
    return Fact(FRT_HUMAN, 0, value, DAY * 86_400_000, DAY * 24 + 23, "chat", "t", "a7", "high", **more)


def test_asserted_facts_are_plus_and_retracted_ones_minus_under_their_own_header() -> None:
    now = Facts(5, DAY * 24, "b", "de", "gold", ("vip",), (fact(180_000, met=1, level=3), fact(90_000, business_ms=60_000)))
    then = Facts(None, None, "", "", "", (), (fact(200_000, met=0),))
    made = built(record("facts", FactsRecord(SCHEMA, VERSION, "acme", "zendesk", "1001", now, then)))["facts"]
    assert [(row["sign"], row["value"], row["met"]) for row in made] == [(1, 180_000, 1), (1, 90_000, None), (-1, 200_000, 0)]
    assert made[0] | {"fact_id": 0} == {
        "account": "acme",
        "metric": "frt_human",
        "local_date": DAY,
        "local_hour": 23,
        "source": "zendesk",
        "ticket_id": "1001",
        "fact_id": 0,
        "sign": 1,
        "version": VERSION,
        "unit": "ms",
        "value": 180_000,
        "business_ms": None,
        "met": 1,
        "level": 3,
        "at": DAY * 86_400_000,
        "opened_at": 5,
        "opened_date": DAY,
        "channel": "chat",
        "team": "t",
        "agent_id": "a7",
        "priority": "high",
        "brand": "b",
        "language": "de",
        "tier": "gold",
        "tags": ("vip",),
    }
    assert made[1]["business_ms"] == 60_000
    assert made[2]["opened_date"] is None


def test_a_retraction_is_the_same_row_as_its_assertion() -> None:
    header = Facts(5, DAY * 24, "b", "de", "gold", ("vip",), (fact(180_000, met=1),))
    nothing = Facts(None, None, "", "", "", (), ())
    said = built(record("facts", FactsRecord(SCHEMA, 1, "acme", "zendesk", "1001", header, nothing)))["facts"][0]
    unsaid = built(record("facts", FactsRecord(SCHEMA, 2, "acme", "zendesk", "1001", nothing, header)))["facts"][0]
    assert unsaid == said | {"sign": -1, "version": 2}
    assert said["fact_id"] == identify("acme", "zendesk", "1001", header)(header.facts[0])


# windows


def test_a_minute_becomes_one_row_a_series_and_channels_and_teams_add_up() -> None:
    cell = [2, 360_000, 1, 1, 0, 1, 0, 0, 1]
    minute = Minute(
        SCHEMA, 99, "acme", DAY * 1440 + 608, [Leaf("chat", "t1", {FRT_HUMAN: cell}), Leaf("mail", "", {FRT_HUMAN: cell})]
    )
    made = built(record("metric-windows", minute, key=b"acme/1"))["metric_windows"]
    assert [(row["scope"], row["label"], row["count"], row["levels"]) for row in made] == [
        ("channel", "chat", 2, (0, 1, 0, 0, 1)),
        ("channel", "mail", 2, (0, 1, 0, 0, 1)),
        ("team", "t1", 2, (0, 1, 0, 0, 1)),
        ("total", "", 4, (0, 2, 0, 0, 2)),
    ]
    assert made[3] == {
        "account": "acme",
        "metric": "frt_human",
        "scope": "total",
        "window_start": DAY * 86_400 + 608 * 60,
        "label": "",
        "version": 99,
        "count": 4,
        "sum": 720_000,
        "met": 2,
        "missed": 2,
        "levels": (0, 2, 0, 0, 2),
        "gauge": None,
    }


def test_the_gauges_of_a_minute_are_rows_of_their_own() -> None:
    gauges = MinuteGauges(SCHEMA, 99, "acme", 7, [Gauge("chat", "", 3, 2, 1_000), Gauge("mail", "", 1, 0, 5)])
    made = built(record("metric-windows", gauges, key=b"acme/7/gauges"))["metric_windows"]
    total = {row["metric"]: row["gauge"] for row in made if row["scope"] == "total"}
    assert total == {"backlog_open": 4, "waiting_now": 2, "oldest_wait": 1_000}
    assert {row["window_start"] for row in made} == {420}


# alerts

ALERT: dict[str, Any] = {
    "type": "alert.opened",
    "timestamp": "2025-03-04T10:08:00Z",
    "data": {
        "episode_id": "ep_73d16010aa9f9ec812290a41",
        "alert_key": "ak_02fabdceb76b797ef2dcf874",
        "seq": 1,
        "state": "firing",
        "severity": "warning",
        "historical": False,
        "rule": {"id": "frt-drift", "version": 3},
        "account": "acme",
        "metric": "frt_human",
        "labels": {"channel": "chat"},
        "direction": "up",
        "onset_at": "2025-03-04T09:39:00Z",
        "opened_at": "2025-03-04T10:08:00Z",
        "resolved_at": None,
        "resolve_reason": None,
        "observed": {"stat": "mean", "unit": "min", "value": 10.2, "n": 37},
        "expected": {"value": 3.1, "low": 2.6, "high": 3.9, "source": "trailing"},
        "evidence": {"ratio": 3.29, "delta_s": 426, "n": 37, "n_base": 900},
        "summary": "FRT on chat 3.1 -> 10.2 min since 09:39 (n=37, usual 2.6-3.9)",
        "links": {"self": "/alerts/ep_73"},
    },
}


def test_an_alert_keeps_its_message_to_the_byte() -> None:
    raw = json.dumps(ALERT, separators=(",", ":")).encode()
    row = built(record("alerts", raw, headers={"version": str(VERSION)}))["alerts"][0]
    at = 1_741_082_880_000
    assert row == {
        "account": "acme",
        "opened_at": at,
        "episode_id": "ep_73d16010aa9f9ec812290a41",
        "seq": 1,
        "version": VERSION,
        "alert_key": "ak_02fabdceb76b797ef2dcf874",
        "rule_id": "frt-drift",
        "rule_version": 3,
        "state": "firing",
        "severity": "warning",
        "at": at,
        "onset_at": at - 29 * 60_000,
        "resolved_at": None,
        "metric": "frt_human",
        "scope": "channel",
        "labels": {"channel": "chat"},
        "direction": "up",
        "observed": 10.2,
        "expected": 3.1,
        "summary": ALERT["data"]["summary"],
        "message": raw.decode(),
        "historical": 0,
    }


def test_an_alert_of_the_whole_account_has_the_scope_total() -> None:
    raw = json.dumps(ALERT | {"data": ALERT["data"] | {"labels": {}, "historical": True}}).encode()
    row = built(record("alerts", raw, headers={"version": "1"}))["alerts"][0]
    assert (row["scope"], row["historical"]) == ("total", 1)


@pytest.mark.parametrize("header", ["", "x", "-1", "1.5", str(2**64), "٣"])
def test_an_alert_without_a_version_is_a_bad_row(header: str) -> None:
    assert isinstance(rows.build(record("alerts", json.dumps(ALERT).encode(), headers={"version": header}), known()), BadRow)
