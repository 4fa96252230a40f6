"""From an accepted webhook to the ticket's row in ClickHouse, and to the alert record: the whole stack, as `deskpulse up` runs it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml
from confluent_kafka import TopicPartition

from bench.lab import Lab, WrongResultError, until
from bench.reading import consumer
from bench.watching import POLL_MS, Alerted, AlertWatch, TicketWatch
from bench.webhooks import Posted, Sent, Shops, post, start_at_second
from deskpulse.database import Database
from deskpulse.local_kafka.jars import silent
from deskpulse.local_kafka.ports import free_port
from deskpulse.running.stack import Stack
from deskpulse.settings import load
from deskpulse.wiring.logins import access
from events import codec
from events.position import Version, offset_of
from events.rejected import Rejected
from events.wire import ClockTick

RATE = 500
SHOPS = 40
PARTITIONS = 4
MINUTE_MS = 60_000
GRACE_MS = 5_000
"""After its end a minute waits so long for late events: the default of every account."""
LEAST_ALERTS = 30
_BEGIN_AT_SECOND = 45
_WARM_UP_MS = 5_000
_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class LatencyResult:
    webhook_to_row_p50_ms: float
    webhook_to_row_p99_ms: float
    webhook_to_row_worst_ms: float
    webhook_to_alert_p50_ms: float
    webhook_to_alert_p99_ms: float
    webhook_to_alert_worst_ms: float
    rate_per_s: float
    """As accepted."""
    seconds: float
    webhooks: int
    refused: int
    rows_measured: int
    alerts_measured: int
    closed_by_ticks: int
    """Alerts whose minute was closed by a clock tick and not by a webhook's event."""
    cores_used: dict[str, float]
    """CPU seconds per second of the load, by process."""
    poll_ms: int
    look_ms: float
    """What one look at ClickHouse took on average."""
    most_behind_ms: float
    """How late the sender was at most."""


def measure(lab: Lab) -> LatencyResult:
    folder = lab.folder / "stack"
    folder.mkdir()
    shops = Shops(SHOPS, secrets.token_urlsafe(24))
    file = _configured(folder, shops)
    settings = load(file)
    stack = Stack(settings, file, tethered=True)
    stack.fetch(silent)
    try:
        stack.servers_up(_quiet, _nothing)
        stack.services_up(_quiet, _nothing)
        seconds = float(lab.either(80, 25))
        database = Database(access(settings, "reader"))
        bootstrap, prefix = settings.kafka.servers, settings.kafka.prefix
        # The load begins before the end of a minute, so that minutes with slow answers close within it.
        time.sleep(start_at_second(_BEGIN_AT_SECOND))
        with TicketWatch(database) as rows, AlertWatch(bootstrap, f"{prefix}alerts", PARTITIONS) as alerts:
            before = _cpu_s(stack)
            posted = asyncio.run(post(settings.gateway.port, shops, RATE, seconds))
            cores_used = {name: round((spent_s - before[name]) / seconds, 3) for name, spent_s in _cpu_s(stack).items()}
            last = posted.sent[-1]
            until(lambda: rows.seen_ms(last.account, last.ticket, last.at_ms), _WITHIN_S, "the last ticket's row")
            until(lambda: len(alerts.found) >= LEAST_ALERTS or None, _WITHIN_S, f"{LEAST_ALERTS} alerts")
            counted = [sent for sent in posted.sent if sent.at_ms >= posted.sent[0].at_ms + _WARM_UP_MS]
            to_row = until(lambda: _to_rows(counted, rows), _WITHIN_S, "a row of every accepted webhook")
        to_alert, by_ticks = _to_alerts(alerts.found, posted, bootstrap, f"{prefix}ticket-events")
        database.close()
    finally:
        stack.down()
    if len(to_alert) < LEAST_ALERTS:
        raise WrongResultError(f"only {len(to_alert)} alerts could be traced to what closed their minute")
    return LatencyResult(
        webhook_to_row_p50_ms=_percentile(to_row, 50),
        webhook_to_row_p99_ms=_percentile(to_row, 99),
        webhook_to_row_worst_ms=max(to_row),
        webhook_to_alert_p50_ms=_percentile(to_alert, 50),
        webhook_to_alert_p99_ms=_percentile(to_alert, 99),
        webhook_to_alert_worst_ms=max(to_alert),
        rate_per_s=len(posted.sent) / seconds,
        seconds=seconds,
        webhooks=len(posted.sent),
        refused=posted.refused,
        rows_measured=len(to_row),
        alerts_measured=len(to_alert),
        closed_by_ticks=by_ticks,
        cores_used=cores_used,
        poll_ms=POLL_MS,
        look_ms=rows.look_ms / rows.looks,
        most_behind_ms=posted.most_behind_ms,
    )


def _to_rows(sent: Sequence[Sent], rows: TicketWatch) -> list[int] | None:
    """None as long as one is missing."""
    found = []
    for webhook in sent:
        seen_ms = rows.seen_ms(webhook.account, webhook.ticket, webhook.at_ms)
        if seen_ms is None:
            return None
        found.append(seen_ms - webhook.accepted_ms)
    return found


def _to_alerts(alerts: Sequence[Alerted], posted: Posted, bootstrap: str, topic: str) -> tuple[list[int], int]:
    """An alert's version names the record that closed its minute: a webhook's event, or a tick.

    Counted from whichever was first: that tick's append, or the acceptance of the account's first webhook past the minute's grace.
    """
    reader = consumer(bootstrap)
    found, by_ticks = [], 0
    try:
        for alert in alerts:
            if alert.kind != "alert.opened":
                continue
            reader.assign([TopicPartition(topic, alert.partition, offset_of(Version(alert.version)))])
            message = until(lambda: reader.poll(1.0), _WITHIN_S, "the record that closed an alert's minute")
            event = codec.decode(message.value())
            if isinstance(event, Rejected):
                raise WrongResultError(f"the record that closed a minute is none: {event.error}")
            due_ms = (int(event.time.timestamp() * 1000) - GRACE_MS) // MINUTE_MS * MINUTE_MS + GRACE_MS
            begins = [sent.accepted_ms for sent in posted.sent if sent.account == alert.account and sent.at_ms >= due_ms]
            if isinstance(event, ClockTick):
                by_ticks += 1
                begins.append(message.timestamp()[1])
            found.append(alert.seen_ms - min(begins))
    finally:
        reader.close()
    return found, by_ticks


def _cpu_s(stack: Stack) -> dict[str, float]:
    """Of each part, with the server that it runs."""
    spent = {}
    for name, child in stack.supervisor.children.items():
        if child.process is not None:
            part = psutil.Process(child.process.pid)
            times = [process.cpu_times() for process in (part, *part.children(recursive=True))]
            spent[name] = sum(each.user + each.system for each in times)
    return spent


def _percentile(found: Sequence[int], percent: int) -> float:
    return float(sorted(found)[min(len(found) - 1, len(found) * percent // 100)])


def _configured(folder: Path, shops: Shops) -> Path:
    """Every answer takes three seconds where one is usual: each account's first closed minute alerts."""
    rule = {
        "id": "slow",
        "metric": "frt_human",
        "scope": "channel",
        "window": "1m",
        "ratio": "2",
        "floor": "1ms",
        "baseline": "1s",
        "n_min": 1,
        "hits": 1,
        "of_minutes": 1,
        "resolve_minutes": 240,
    }
    account: dict[str, Any] = {"rules": [rule], "sources": {"zendesk": {"vendor": "zendesk", "secrets": [shops.secret]}}}
    ports = set[int]()
    while len(ports) < 3:
        ports.add(free_port())
    kafka, clickhouse, gateway = ports
    tree = {
        "accounts": {shops.name(number): {"customer_key": secrets.token_urlsafe(24), **account} for number in range(shops.count)},
        "kafka": {"port": kafka, "partitions": PARTITIONS},
        "clickhouse": {"port": clickhouse},
        "gateway": {"port": gateway},
        "data": str(folder),
    }
    file = folder / "deskpulse.yaml"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return file


_nothing: Callable[[], None] = lambda: None  # noqa: E731 - what a stack is to do meanwhile


def _quiet(_line: str) -> None:
    pass
