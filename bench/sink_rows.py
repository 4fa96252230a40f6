"""Sink rows per second: records in Kafka to rows in the embedded ClickHouse, facts, minutes and tickets, in batches of 10,000."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import clickhouse_connect
import msgspec
from confluent_kafka import Producer

from bench.lab import Lab, Runs, WrongResultError, until
from deskpulse.local_clickhouse import LocalClickHouse, Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.migrate import Layout, ensure_database, migrate
from events.derived import SCHEMA, Fact, Facts, FactsRecord, Leaf, Minute, TicketRow, minute_key, ticket_key
from events.metrics import FRT_HUMAN, REPLY_TIME
from sinks.batch import BatchPolicy
from sinks.clickhouse import ClickHouseStore
from sinks.collector import collect_rarely
from sinks.crash import nowhere
from sinks.letters import Letters
from sinks.loop import Sink
from sinks.settings import ClickHouseSettings, KafkaSettings, SinkSettings, wall_ms
from sinks.table import Row, Table

_CHANNELS = ("chat", "email", "phone", "social")
_NOTHING = Facts(None, None, "", "", "", (), ())
_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Speed:
    per_s: Runs
    """By the wall, with broker and database on the same machine."""
    per_core_s: Runs
    """Of the sink's own CPU time."""


@dataclass(frozen=True, slots=True)
class SinkRows:
    facts: Speed
    windows: Speed
    tickets: Speed


def measure(lab: Lab) -> SinkRows:
    """From an empty group to the last row; the loop's own start is not counted."""
    collect_rarely()
    with LocalClickHouse(lab.folder / "sink-clickhouse", free_port(), die_with_parent=True) as server:
        rows = lab.either(200_000, 40_000)
        runs = range(lab.either(3, 1))
        return SinkRows(
            _speed([_run(lab, server, "facts", _facts(rows), rows, n) for n in runs]),
            _speed([_run(lab, server, "metric-windows", _minutes(rows), rows, n) for n in runs]),
            _speed([_run(lab, server, "tickets", _tickets(rows), rows, n) for n in runs]),
        )


def _speed(runs: list[tuple[float, float]]) -> Speed:
    return Speed(Runs.of([wall for wall, _ in runs]), Runs.of([core for _, core in runs]))


def _run(
    lab: Lab, server: LocalClickHouse, topic: str, records: Iterator[tuple[bytes, bytes]], rows: int, number: int
) -> tuple[float, float]:
    """Rows per second of wall time and of CPU time, from the end of the first insert to the end of the last."""
    prefix = lab.fresh_topics(1)
    _fill(lab.bootstrap, prefix + topic, records)
    database = f"{topic.replace('-', '_')}_{number}"
    admin = clickhouse_connect.get_client(dsn=server.admin_dsn, autogenerate_session_id=False)
    ensure_database(admin, database, Layout())
    migrate(admin, Layout())
    settings = SinkSettings(
        kafka=KafkaSettings({"bootstrap.servers": lab.bootstrap}, prefix),
        clickhouse=ClickHouseSettings("127.0.0.1", server.port, "writer", server.tokens.of(Role.WRITER), database),
        topics=(topic,),
        batch=BatchPolicy(max_rows=10_000),
    )
    with _timed_store(settings.clickhouse) as store, _running(settings, store):
        until(lambda: True if store.rows >= rows else None, _WITHIN_S, f"{rows} rows in {database}")
    table = topic.replace("-", "_")
    stored = int(admin.query("SELECT count() FROM {t:Identifier} FINAL", {"t": table}).result_rows[0][0])
    admin.close()
    if stored != rows:
        raise WrongResultError(f"{stored} of {rows} rows in {table}")
    counted = rows - store.first_rows
    return counted / (store.last_s - store.first_s), counted / (store.last_cpu_s - store.first_cpu_s)


class _TimedStore(ClickHouseStore):
    """Counts rows, and the time from the end of the first insert, which connects, to the end of the last."""

    rows = first_rows = 0
    first_s = last_s = first_cpu_s = last_cpu_s = 0.0

    def insert(self, table: Table, rows: list[Row]) -> None:
        super().insert(table, rows)
        if table.name not in {"facts", "metric_windows", "tickets"}:
            return
        self.last_s, self.last_cpu_s = time.monotonic(), time.process_time()
        if not self.rows:
            self.first_rows, self.first_s, self.first_cpu_s = len(rows), self.last_s, self.last_cpu_s
        self.rows += len(rows)


@contextmanager
def _timed_store(at: ClickHouseSettings) -> Iterator[_TimedStore]:
    store = _TimedStore(at)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _running(settings: SinkSettings, store: ClickHouseStore) -> Iterator[None]:
    stop, letters = threading.Event(), Letters(settings.kafka, wall_ms)
    sink = Sink(settings, store, letters, nowhere)
    thread = threading.Thread(target=sink.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        letters.close()


def _facts(rows: int) -> Iterator[tuple[bytes, bytes]]:
    """Two facts a record, as a first reply gives."""
    hour = wall_ms() // 3_600_000
    for n in range(rows // 2):
        at = hour * 3_600_000 + n
        opened = at - 180_000
        channel = _CHANNELS[n % 4]
        facts = tuple(
            Fact(metric, 0, 180_000 + n % 1000, at, hour, channel, f"team{n % 5}", f"agent{n % 40}", "normal", 1, 3)
            for metric in (FRT_HUMAN, REPLY_TIME)
        )
        said = Facts(opened, hour, "brand", "en", "", ("refund", "vip"), facts)
        account, ticket = f"shop{n % 50}", str(n)
        yield (
            ticket_key(account, "zendesk", ticket),
            msgspec.msgpack.encode(FactsRecord(SCHEMA, n + 1, account, "zendesk", ticket, said, _NOTHING)),
        )


def _minutes(rows: int) -> Iterator[tuple[bytes, bytes]]:
    """Ten series a record: one metric in total, four channels and five teams."""
    now = wall_ms() // 60_000
    cell = [3, 540_000, 2, 1, 0, 1, 1, 1, 0]
    for n in range(rows // 10):
        account, minute = f"shop{n % 50}", now - n // 50
        leaves = [Leaf(_CHANNELS[k % 4], f"team{k}", {FRT_HUMAN: cell}) for k in range(5)]
        yield minute_key(account, minute), msgspec.msgpack.encode(Minute(SCHEMA, n + 1, account, minute, leaves))


def _tickets(rows: int) -> Iterator[tuple[bytes, bytes]]:
    """One row a record: the head of a ticket's state, as the fold writes it, with two tags."""
    now = wall_ms()
    for n in range(rows):
        account, ticket = f"shop{n % 50}", str(n)
        row = TicketRow(
            schema=SCHEMA,
            version=n + 1,
            account=account,
            source="zendesk",
            ticket=ticket,
            vendor="zendesk",
            channel=_CHANNELS[n % 4],
            team=f"team{n % 5}",
            agent=f"agent{n % 40}",
            last_team=f"team{n % 5}",
            last_agent=f"agent{n % 40}",
            priority="normal",
            tags=("refund", "vip"),
            opened_at=now - 180_000 - n % 1000,
            opened_hour=now // 3_600_000,
            first_replied_at=now,
            updated_at=now,
            replies=1,
            level=3,
            first_response_ms=180_000 + n % 1000,
        )
        yield ticket_key(account, "zendesk", ticket), msgspec.msgpack.encode(row)


def _fill(bootstrap: str, topic: str, records: Iterator[tuple[bytes, bytes]]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "compression.type": "zstd"})
    for key, value in records:
        while True:
            try:
                producer.produce(topic, key=key, value=value, partition=0)
            except BufferError:
                producer.poll(0.1)
            else:
                break
    producer.flush(60)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        found = measure(Lab(Path(folder), is_quick=False, servers=servers))
    for name, speed in (("facts", found.facts), ("windows", found.windows), ("tickets", found.tickets)):
        print(f"{name}: {speed.per_s.median:,.0f} rows/s, {speed.per_core_s.median:,.0f} per core-second of the sink")


if __name__ == "__main__":
    main()
