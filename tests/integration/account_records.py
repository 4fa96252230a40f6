"""What one account says to every result topic: under the same names as any other account, with numbers of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from events.derived import (
    SCHEMA,
    Fact,
    Facts,
    FactsRecord,
    Gauge,
    Leaf,
    Minute,
    MinuteGauges,
    TicketRow,
    alert_key,
    gauge_key,
    minute_key,
    ticket_key,
)
from events.metrics import CSAT, FRT_HUMAN
from tests.servers import FreshTopics
from tests.sink_running import NOTHING, transaction

DAY_MS = 86_400_000
SOURCES = ("zendesk", "mail")
CUSTOMER = "c_the_same_everywhere"
Said = tuple[str, bytes, bytes, dict[str, str]]


def say(topics: FreshTopics, account: str, value: int, at_ms: int) -> None:
    with transaction(topics) as producer:
        for topic, key, body, headers in _records(account, value, at_ms):
            producer.produce(topics[topic], key=key, value=body, partition=0, headers=list(headers.items()))


def _records(account: str, value: int, at_ms: int) -> Iterator[Said]:
    hour, minute = at_ms // 3_600_000, at_ms // 60_000
    for number, source in enumerate(SOURCES):
        yield _event(account, source, "ticket.opened", "e1", "1001", at_ms, {"channel": "chat", "customer": CUSTOMER})
        for ticket, is_open in (("1001", True), ("1002", False)):
            yield (
                "tickets",
                ticket_key(account, source, ticket),
                _packed(_ticket(account, source, ticket, value, at_ms, is_open=is_open)),
                {},
            )
            measured = (
                Fact(FRT_HUMAN, 0, value + number, at_ms, hour, "chat", "t1", "a7", "high", 1, 1 + value % 5),
                Fact(CSAT, 0, 1 + value % 5, at_ms, hour, "chat", "t1", "a7", "high", 1),
            )
            facts = FactsRecord(
                SCHEMA,
                7,
                account,
                source,
                ticket,
                Facts(at_ms - DAY_MS, hour - 24, "b1", "en", "gold", ("refund",), measured),
                NOTHING,
            )
            yield "facts", ticket_key(account, source, ticket), _packed(facts), {}
    for shop, number in (("shop", 1), ("other", 2)):
        placed: dict[str, Any] = {"amount": f"{value * number}.50", "currency": "EUR", "customer": CUSTOMER}
        yield _event(account, shop, "order.placed", "o1", "#1", at_ms, placed)
        yield _event(account, shop, "order.refunded", "o2", "#1", at_ms + 1, {"amount": "1.25", "currency": "EUR"})
    cells = {FRT_HUMAN: [2, value, 1, 1, 0, 1, 0, 0, 1]}
    yield (
        "metric-windows",
        minute_key(account, minute),
        _packed(Minute(SCHEMA, 7, account, minute, [Leaf("chat", "t1", cells)])),
        {},
    )
    gauges = MinuteGauges(SCHEMA, 7, account, minute, [Gauge("chat", "t1", value, 1, value)])
    yield "metric-windows", gauge_key(account, minute), _packed(gauges), {}
    yield "alerts", alert_key(account, "ak_1"), _alert(account, value, at_ms), {"version": "7"}
    # A letter is named after the place it came from, which no two accounts share.
    letter = {"stage": "fold", "reason": "bad_event", "error": f"field {value}", "account": account, "source": "zendesk"}
    place = {
        "letter_id": f"topic/0/{value}",
        "at": str(at_ms),
        "src_topic": "ticket-events",
        "src_partition": "0",
        "src_offset": "1",
    }
    yield "dead-letters", account.encode(), b"x" * value, letter | place


def _ticket(account: str, source: str, ticket: str, value: int, at_ms: int, *, is_open: bool) -> TicketRow:
    return TicketRow(
        schema=SCHEMA,
        version=7,
        account=account,
        source=source,
        ticket=ticket,
        status="open" if is_open else "resolved",
        customer=CUSTOMER,
        channel="chat",
        team="t1",
        agent="a7",
        last_team="t1",
        last_agent="a7",
        tags=("refund",),
        opened_at=at_ms - DAY_MS,
        opened_hour=at_ms // 3_600_000 - 24,
        waiting_since=at_ms if is_open else None,
        updated_at=at_ms,
        replies=value,
    )


def _event(account: str, source: str, kind: str, event_id: str, subject: str, at_ms: int, data: dict[str, Any]) -> Said:
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{account}/{source}",
        "subject": subject,
        "time": _instant(at_ms),
        "type": f"deskpulse.{kind}.v1",
        "data": data,
    }
    return "ticket-events", account.encode(), json.dumps(body).encode(), {}


def _alert(account: str, value: int, at_ms: int) -> bytes:
    data = {
        "episode_id": "ep_1",
        "alert_key": "ak_1",
        "seq": 1,
        "state": "firing",
        "severity": "warning",
        "rule": {"id": "frt", "version": 1},
        "account": account,
        "metric": "frt_human",
        "labels": {"channel": "chat"},
        "opened_at": _instant(at_ms),
        "observed": {"value": value},
    }
    return json.dumps({"type": "alert.opened", "timestamp": _instant(at_ms), "data": data}).encode()


def _packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def _instant(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
