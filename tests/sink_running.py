"""A sink in a thread of the test, records for it to read, and what its group has committed."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from events.derived import SCHEMA, Fact, Facts, FactsRecord, TicketRow, ticket_key
from sinks.batch import BatchPolicy
from sinks.crash import nowhere
from sinks.letters import Letters
from sinks.loop import Sink
from sinks.retry import Backoff
from sinks.settings import TOPICS, ClickHouseSettings, KafkaSettings, SinkSettings
from sinks.store import Store
from tests.eventually import eventually
from tests.servers import FreshTopics

NOWHERE = ClickHouseSettings("127.0.0.1", 1, "", "")
T = TypeVar("T")
NOTHING = Facts(None, None, "", "", "", (), ())


def settings(topics: FreshTopics, folder: Path, **changed: Any) -> SinkSettings:
    plain = SinkSettings(
        kafka=KafkaSettings({"bootstrap.servers": topics.bootstrap}, topics.prefix),
        clickhouse=NOWHERE,
        group=f"{topics.prefix}sink",
        batch=BatchPolicy(max_rows=1_000, max_wait_ms=100),
        backoff=Backoff(first_ms=50, longest_ms=200),
        status=folder / "sink.json",
    )
    return replace(plain, **changed)


class RunningSink:
    """Runs in a thread until the block ends; a fault of the sink is raised there, unless the test took it."""

    def __init__(self, with_settings: SinkSettings, store: Store) -> None:
        self.settings = with_settings
        self.fault: Exception | None = None
        self._stop = threading.Event()
        self._letters = Letters(with_settings.kafka, lambda: time.time_ns() // 1_000_000)
        self._sink = Sink(with_settings, store, self._letters, nowhere)
        self._thread = threading.Thread(target=self._run, name="sink")

    def _run(self) -> None:
        try:
            self._sink.run(self._stop)
        except Exception as error:
            self.fault = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        if self.fault is not None and error is None:
            raise self.fault

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the sink does not stop"
        self._letters.close()

    def status(self) -> dict[str, Any]:
        assert self.settings.status is not None
        return dict(json.loads(self.settings.status.read_text())) if self.settings.status.exists() else {}

    def lag(self) -> int | None:
        """None until it has partitions."""
        shown = self.status()
        return sum(topic["lag"] for topic in shown["topics"].values()) if shown.get("partitions") else None

    def until_caught_up(self, topics: FreshTopics, within_s: float = 20.0) -> None:
        """Everything that stands in the topics is committed."""
        eventually(lambda: self.fault is not None or caught_up(topics, self.settings), within_s, "the sink has caught up")
        if self.fault is not None:
            raise self.fault

    def until_stopped(self, within_s: float = 20.0) -> Exception:
        """The fault by which it stopped itself; taken, so that the block does not raise it."""
        self._thread.join(within_s)
        assert not self._thread.is_alive(), "the sink did not stop"
        assert self.fault is not None, "the sink stopped without a fault"
        fault, self.fault = self.fault, None
        return fault


def facts_record(ticket: str, value: int, version: int, *, retracted: bool = False, account: str = "acme") -> FactsRecord:
    at = 1_741_082_880_000
    said = Facts(at, at // 3_600_000, "", "", "", (), (Fact(5, 0, value, at, at // 3_600_000, "chat", "t1", "a7", ""),))
    asserted, taken_back = (NOTHING, said) if retracted else (said, NOTHING)
    return FactsRecord(SCHEMA, version, account, "zendesk", ticket, asserted, taken_back)


def ticket(name: str, version: int, **more: Any) -> TicketRow:
    return TicketRow(
        schema=SCHEMA, version=version, account="acme", source="zendesk", ticket=name, updated_at=1_741_082_880_000, **more
    )


def send(
    topics: FreshTopics, topic: str, partition: int, values: Sequence[object], headers: dict[str, str] | None = None
) -> None:
    """In one transaction, as the fold does. Structs are packed, bytes go as they are, None is a tombstone."""
    with transaction(topics) as producer:
        for value in values:
            raw = value if value is None or isinstance(value, bytes) else msgspec.msgpack.encode(value)
            key = (
                ticket_key(value.account, value.source, value.ticket)
                if isinstance(value, TicketRow | FactsRecord)
                else b"acme/x/y"
            )
            producer.produce(topics[topic], key=key, value=raw, partition=partition, headers=list((headers or {}).items()))


@contextmanager
def transaction(topics: FreshTopics, *, abort: bool = False) -> Iterator[Producer]:
    producer = Producer({"bootstrap.servers": topics.bootstrap, "transactional.id": uuid.uuid4().hex, "log_level": 0})
    producer.init_transactions(30)
    producer.begin_transaction()
    yield producer
    producer.flush(30)
    if abort:
        producer.abort_transaction(30)
    else:
        producer.commit_transaction(30)


def committed(topics: FreshTopics, group: str) -> dict[tuple[str, int], int]:
    """By logical topic and partition; negative where the group has none. Asked as a member that never joins."""
    with _asking(topics, group) as reader:
        answer = _answered(lambda: reader.committed(_places(topics), timeout=10))
    return {(at.topic.removeprefix(topics.prefix), at.partition): at.offset for at in answer}


def caught_up(topics: FreshTopics, of: SinkSettings) -> bool:
    done = committed(topics, of.group)
    with _asking(topics, of.group) as reader:
        ends = _answered(lambda: [(at, reader.get_watermark_offsets(at, timeout=10)[1]) for at in _places(topics)])
    return all(max(done[at.topic.removeprefix(topics.prefix), at.partition], 0) >= end for at, end in ends)


def _answered(ask: Callable[[], T]) -> T:
    """Of a broker whose coordinator and leaders may be on their way."""

    def asked() -> list[T]:
        try:
            return [ask()]
        except KafkaException as error:
            raise AssertionError(str(error)) from error

    return eventually(asked)[0]


def _places(topics: FreshTopics) -> list[TopicPartition]:
    return [TopicPartition(topics[topic], partition) for topic in TOPICS for partition in range(topics.partitions)]


@contextmanager
def _asking(topics: FreshTopics, group: str) -> Iterator[Consumer]:
    reader = Consumer({"bootstrap.servers": topics.bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    try:
        yield reader
    finally:
        reader.close()
