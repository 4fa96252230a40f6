"""What a sink and a notifier are told from outside: frozen, complete, without reading anything themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sinks.batch import BatchPolicy
from sinks.retry import Backoff, Schedule


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


TOPICS = ("ticket-events", "tickets", "facts", "metric-windows", "alerts", "dead-letters")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    client: Mapping[str, str]
    """Connection settings of librdkafka: `bootstrap.servers` and security."""
    prefix: str = ""
    """Put before every topic's name."""

    def __repr__(self) -> str:
        return f"KafkaSettings({self.client.get('bootstrap.servers')}, prefix={self.prefix!r})"


@dataclass(frozen=True, slots=True)
class ClickHouseSettings:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str = "deskpulse"
    secure: bool = False
    connect_timeout_s: int = 5
    timeout_s: int = 30
    """Of one insert, from the first byte to the answer."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that a table keeps its rows; what is older is not inserted, since ClickHouse would drop it without a word."""

    ticket_events: int = 400
    facts: int = 1095
    metric_windows: int = 7
    alerts: int = 730
    dead_letters: int = 30

    def days(self, table: str) -> int | None:
        """None: for ever."""
        return getattr(self, table, None)


@dataclass(frozen=True, slots=True)
class SinkSettings:
    kafka: KafkaSettings
    clickhouse: ClickHouseSettings
    topics: tuple[str, ...] = TOPICS
    group: str = "deskpulse-sink"
    instance: str = ""
    """A name that is kept across restarts, so that a restart causes no rebalance; empty: none."""
    batch: BatchPolicy = field(default_factory=BatchPolicy)
    backoff: Backoff = field(default_factory=Backoff)
    letters_per_hour: int = 1_000
    """Dead letters of this process before it stops."""
    retention: Retention = field(default_factory=Retention)
    status: Path | None = None
    """A file that tells `deskpulse doctor`, every second, how far the sink is."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A receiver of signed alerts (Standard Webhooks)."""

    name: str
    url: str = field(repr=False)
    """May hold a secret in its path or query."""
    secrets: tuple[str, ...] = field(repr=False)
    """`whsec_` and base64, one; two while it is being changed."""
    accounts: frozenset[str] = frozenset()
    """Whose alerts; empty: everybody's."""
    allow_private: bool = False
    """The address may be this machine or a private network, and plain http."""
    schedule: Schedule = field(default_factory=Schedule)
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """A line for each alert on standard output."""

    format: Literal["text", "json"] = "text"
    name: str = "printer"
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotifySettings:
    kafka: KafkaSettings
    printer: PrinterSettings | None = field(default_factory=PrinterSettings)
    webhooks: tuple[WebhookSettings, ...] = ()
    group: str = "deskpulse-notify"
    instance: str = ""
    status: Path | None = None
    now_ms: Callable[[], int] = wall_ms
    """The clock that events live by: whether an alert is old is asked of it."""
