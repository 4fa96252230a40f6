"""Two readers that note when something became visible: tickets in ClickHouse, alerts in their topic."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from bench.reading import consumer
from bench.webhooks import wall_ms
from deskpulse.database import Database

POLL_MS = 200
"""From one look at ClickHouse to the next. A look is work for the database that is waited for, so not oftener."""
_RECENT_MS = 5_000
_RECENT = """
SELECT account, ticket_id, toUnixTimestamp64Milli(max(updated_at)) AS updated
FROM tickets WHERE written_at > now64(3) - INTERVAL {recent:UInt32} MILLISECOND GROUP BY account, ticket_id
"""


class Watch(threading.Thread):
    """Looks until the block ends; what it died of is raised there."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._over = threading.Event()
        self._died: Exception | None = None

    def run(self) -> None:
        try:
            self.watch()
        except Exception as error:
            self._died = error

    def watch(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self.join(30)
        if self._died is not None and error is None:
            raise self._died


class TicketWatch(Watch):
    """Rows that arrived in the last seconds, again and again."""

    def __init__(self, database: Database) -> None:
        super().__init__("tickets")
        self.looks = 0
        self.look_ms = 0.0
        self._database = database
        self._seen: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def watch(self) -> None:
        while not self._over.is_set():
            began_s = time.perf_counter()
            rows = self._database.rows(_RECENT, {"recent": _RECENT_MS})
            now_ms = wall_ms()
            for row in rows:
                states = self._seen.setdefault((row["account"], row["ticket_id"]), [])
                if not states or states[-1][0] < row["updated"]:
                    states.append((row["updated"], now_ms))
            took_s = time.perf_counter() - began_s
            self.looks += 1
            self.look_ms += took_s * 1000
            self._over.wait(max(0.0, POLL_MS / 1000 - took_s))

    def seen_ms(self, account: str, ticket: str, updated_ms: int) -> int | None:
        """When a row of the ticket as of that event, or of a later one, was read first."""
        for updated, seen in self._seen.get((account, ticket), []):
            if updated >= updated_ms:
                return seen
        return None


@dataclass(frozen=True, slots=True)
class Alerted:
    kind: str
    account: str
    partition: int
    version: int
    seen_ms: int


class AlertWatch(Watch):
    """Every alert record, read committed."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        super().__init__("alerts")
        self.found: list[Alerted] = []
        self._reader = consumer(bootstrap)
        self._reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])

    def watch(self) -> None:
        while not self._over.is_set():
            message = self._reader.poll(0.05)
            if message is None or message.error() is not None:
                continue
            headers = dict(message.headers() or [])
            told = msgspec.json.decode(message.value())
            self.found.append(
                Alerted(told["type"], told["data"]["account"], message.partition(), int(headers["version"]), wall_ms())
            )
        self._reader.close()
