"""The road under test: lives of tickets into the log while workers and a sink are killed, and what ClickHouse then holds."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self

from clickhouse_connect.driver.client import Client

from tests.chaos.load import Source
from tests.chaos.log_reading import records
from tests.oracle.log import Expected, Record, recompute
from tests.servers import FreshTopics
from tests.timeline import iso

FOLD = "streams.partition:Partition"
_MINUTE_MS = 60_000
_RULE = {
    "id": "frt-drift",
    "window_minutes": 5,
    "n_min": 3,
    "hits": 1,
    "of_minutes": 2,
    "resolve_minutes": 1,
    "floor_ms": 1000,
    "baseline_ms": 60_000,
    "ratio": "1.5",
    "scope": "total",
}


def _event(kind: str, account: str, ticket: str, at_ms: int, name: str, data: dict[str, Any]) -> bytes:
    version = 2 if kind == "ticket.surveyed" else 1
    return json.dumps(
        {
            "specversion": "1.0",
            "type": f"deskpulse.{kind}.v{version}",
            "id": name,
            "source": f"/{account}/desk",
            "subject": ticket,
            "time": iso(at_ms),
            "data": data,
        }
    ).encode()


def settings_of(account: str, at_ms: int) -> bytes:
    """Settings under which little is enough for an alert, and silences end while workers die."""
    policy = {"silence_ms": 90_000, "unanswered_end": True}
    data = {"effective_ms": 0, "zone": "Asia/Kathmandu", "rules": [_RULE], "abandonment": [policy]}
    return _event("account.configured", account, account, at_ms, f"settings-{account}", data)


def lives(rng: random.Random, accounts: list[str], count: int, from_ms: int, to_ms: int) -> list[tuple[str, bytes]]:
    """Whole lives of tickets, merged by the instant they arrive: some late, some twice, some of them broken."""
    arriving: list[tuple[int, str, bytes]] = []
    for number in range(count):
        account, ticket = rng.choice(accounts), f"t{number}"
        at = rng.randrange(from_ms, to_ms)
        opened = {"channel": rng.choice(("chat", "email")), "team": rng.choice(("", "north")), "missed": rng.random() < 0.05}
        told: list[tuple[str, dict[str, Any]]] = [("ticket.opened", opened)]
        told += [("ticket.replied", {"actor": "bot"})] if rng.random() < 0.2 else []
        told += [("ticket.replied", {"actor": "agent", "agent": rng.choice(("ann", "bob")), "team": "north"})]
        told += [("ticket.replied", {"actor": "customer"})] if rng.random() < 0.5 else []
        told += [("ticket.updated", {"tags": ["late"], "assignee": "ann"})] if rng.random() < 0.3 else []
        told += [("ticket.resolved", {"agent": "ann"})] if rng.random() < 0.8 else []
        told += [("ticket.reopened", {}), ("ticket.replied", {"actor": "agent", "agent": "bob"})] if rng.random() < 0.2 else []
        told += [("ticket.surveyed", {"rating": rng.randint(1, 5), "scale_min": 1, "scale_max": 5})] if rng.random() < 0.4 else []
        told += [("ticket.removed", {"reason": "spam"})] if rng.random() < 0.05 else []
        for index, (kind, data) in enumerate(told):
            raw = _event(kind, account, ticket, at, f"{ticket}-{index}", data)
            late = rng.randrange(10 * _MINUTE_MS) if rng.random() < 0.08 else 0
            arriving.append((at + late, account, raw))
            if rng.random() < 0.05:
                arriving.append((at + late + rng.randrange(_MINUTE_MS), account, raw))
            at = min(at + rng.randrange(1000, 3 * _MINUTE_MS), to_ms)
        if rng.random() < 0.02:
            arriving.append((at, account, b'{"broken'))
    return [(account, raw) for _, account, raw in sorted(arriving, key=lambda one: one[0])]


class Playing:
    """Appends them, so many a second, until the end of the block or of the events."""

    def __init__(self, source: Source, arriving: list[tuple[str, bytes]], per_second: int) -> None:
        self.is_over = threading.Event()
        self._source, self._arriving, self._per_second = source, arriving, per_second
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        started_s = time.monotonic()
        for index, (account, raw) in enumerate(self._arriving):
            ahead_s = index / self._per_second - (time.monotonic() - started_s)
            if ahead_s > 0:
                threading.Event().wait(ahead_s)
            self._source.append(account, raw)
        self._source.flush()
        self.is_over.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def source_log(topics: FreshTopics, partition: int) -> Iterator[Record]:
    """The log itself, ticks and all, as the oracle reads it."""
    for message in records(topics.bootstrap, topics["ticket-events"], partition):
        yield message.offset(), message.timestamp()[1], message.key(), message.value()


def expected(topics: FreshTopics) -> Expected:
    """What follows from all partitions, computed by other code than the fold's."""
    whole = Expected()
    for partition in range(topics.partitions):
        part = recompute(list(source_log(topics, partition)), partition, topics.partitions)
        whole.tickets |= part.tickets
        whole.facts |= part.facts
        whole.windows |= part.windows
        whole.alerts |= part.alerts
        whole.rejects |= {partition << 48 | offset: reason for offset, reason in part.rejects.items()}
    return whole


_MS = "toUnixTimestamp64Milli"
_TICKETS = f"""account, source, ticket_id, status, channel, team, agent_id, last_agent_id, replies, reopens, rating, level,
    first_response_ms, resolution_ms, {_MS}(updated_at), {_MS}(opened_at), {_MS}(waiting_since), tags"""
_FACTS = f"""account, source, ticket_id, metric, value, {_MS}(at), toUInt32(local_date) * 24 + local_hour, channel, team, agent_id,
    priority, met, level, {_MS}(opened_at), tags"""
_WINDOWS = "account, metric, scope, label, intDiv(toUnixTimestamp(window_start), 60), count, sum, met, missed, gauge"


def _rows(client: Client, columns: str, table: str, where: str = "1") -> Counter[tuple[Any, ...]]:
    found = client.query(f"SELECT {columns} FROM {table} FINAL WHERE {where}").result_rows  # noqa: S608 - all of it stands here
    return Counter(tuple(tuple(value) if isinstance(value, list) else value for value in row) for row in found)


def _ticket(key: tuple[str, str, str], row: dict[str, Any]) -> tuple[Any, ...]:
    names = (
        "status channel team agent last_agent replies reopens rating level first_response_ms resolution_ms updated_at opened_at"
    )
    return (*key, *(row[name] for name in names.split()), row["waiting_since"], tuple(row["tags"]))


def _fact(fact: tuple[Any, ...]) -> tuple[Any, ...]:
    account, source, ticket, metric, _, value, at, hour, channel, team, agent, priority, met, level, _, opened_at, *_, tags = fact
    said = None if met < 0 else met
    return (account, source, ticket, metric, value, at, hour, channel, team, agent, priority, said, level, opened_at, tuple(tags))


def _window(key: tuple[str, str, str, str, int], row: dict[str, Any]) -> tuple[Any, ...]:
    return (*key, *(row.get(name, 0) for name in ("count", "sum", "met", "missed")), row.get("gauge"))


def differences(client: Client, whole: Expected) -> list[str]:
    """Every key at which ClickHouse and the recomputation differ; none if they tell the same."""
    found = {
        "tickets": _rows(client, _TICKETS, "tickets"),
        "facts": _rows(client, _FACTS, "facts"),
        "windows": _rows(client, _WINDOWS, "metric_windows", "count != 0 OR gauge IS NOT NULL"),
        "alerts": _rows(client, "episode_id, seq, if(state = 'resolved', '', summary)", "alerts"),
        "letters": _rows(client, "src_partition, src_offset, reason", "dead_letters"),
    }
    letters = (((where >> 48), where & ((1 << 48) - 1), reason) for where, reason in whole.rejects.items())
    wanted = {
        "tickets": Counter(_ticket(key, row) for key, row in whole.tickets.items() if row["status"] != "removed"),
        "facts": Counter(_fact(fact) for fact in whole.facts),
        "windows": Counter(_window(key, row) for key, row in whole.windows.items()),
        "alerts": Counter((*key, row.get("summary", "")) for key, row in whole.alerts.items()),
        "letters": Counter(letters),
    }
    return [
        f"{table} {key}: {found[table][key]} in ClickHouse, {wanted[table][key]} expected"
        for table in found
        for key in sorted(found[table].keys() | wanted[table].keys(), key=repr)
        if found[table][key] != wanted[table][key]
    ]


def said_twice(topics: FreshTopics) -> list[str]:
    """Alert transitions that stand in their topic more than once."""
    told: Counter[str] = Counter()
    for partition in range(topics.partitions):
        for message in records(topics.bootstrap, topics["alerts"], partition):
            body = json.loads(message.value() or b"{}")["data"]
            told[f"{body['episode_id']}-{body['seq']}"] += 1
    return [name for name, times in told.items() if times != 1]
