"""Delivery records: what was told where, written after it was, read before anything is told again. Topic `alert-deliveries`, compacted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import islice, takewhile

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from msgspec import Struct

from sinks.broker import words
from sinks.consumer import END_OF_PARTITION
from sinks.logs import Log
from sinks.notifiers.decide import Status
from sinks.settings import KafkaSettings
from sinks.store import UnavailableError

TOPIC = "alert-deliveries"
KEPT_MS = 30 * 86_400_000
"""After an episode's end: as long as the topic of alerts keeps what could be read again."""
_FORGOTTEN_AT_ONCE = 1_000
_FLUSH_S = 10.0
_READ_S = 30.0
_LOOK_S = 0.05

log = Log(__name__)


Told = tuple[str, str]
"""An episode at a destination."""


def key_of(told: Told, seq: int) -> str:
    return f"{told[0]}-{seq}/{told[1]}"


class Delivery(Struct, frozen=True):
    episode_id: str
    seq: int
    destination: str
    attempt: int
    """How many there were since the process took the partition; 0: none."""
    status: Status
    provider_ref: str
    at: int
    """Epoch milliseconds of the wall."""
    endpoint: str = ""
    """Which receiver stood behind the destination's name then."""
    ends: bool = False
    """Nothing comes after it in its episode."""

    @property
    def key(self) -> str:
        return key_of((self.episode_id, self.destination), self.seq)


@dataclass(slots=True)
class _Partition:
    known: dict[Told, dict[int, Status]] = field(default_factory=dict)
    ended_ms: dict[Told, int] = field(default_factory=dict)
    """In the order of the records, so the oldest come first."""

    def learn(self, delivery: Delivery) -> None:
        told = (delivery.episode_id, delivery.destination)
        self.known.setdefault(told, {})[delivery.seq] = delivery.status
        if delivery.ends:
            self.ended_ms.setdefault(told, delivery.at)

    def forget(self, told: Told) -> None:
        self.known.pop(told, None)
        self.ended_ms.pop(told, None)

    def old(self, now_ms: int) -> list[Told]:
        ended = takewhile(lambda one: one[1] < now_ms - KEPT_MS, self.ended_ms.items())
        return [told for told, _ in islice(ended, _FORGOTTEN_AT_ONCE)]


_decoder = msgspec.json.Decoder(Delivery)
_encoder = msgspec.json.Encoder()


class Deliveries:
    """Of the partitions that were loaded; a delivery stands in the partition of its alert."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._topic = kafka.prefix + TOPIC
        self._kafka = kafka
        self._partitions: dict[int, _Partition] = {}
        self._gone: set[tuple[str, str]] = set()
        self._failed: list[KafkaError] = []
        self._producer = Producer(
            {"log_level": 0, **kafka.client, "enable.idempotence": True, "message.timeout.ms": int(_FLUSH_S * 1000)}
        )

    def load(self, partition: int) -> None:
        """Reads the partition to its end."""
        found = _Partition()
        consumer = Consumer(
            {
                "log_level": 0,
                **self._kafka.client,
                # Required by the client; nothing is committed under it.
                "group.id": "deskpulse-notify-load",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
            }
        )
        try:
            consumer.assign([TopicPartition(self._topic, partition, 0)])
            read_s = time.monotonic()
            while True:
                # A short wait: the client waits it out for fewer messages than asked, also at the topic's end.
                messages = consumer.consume(1000, _LOOK_S)
                if messages:
                    read_s = time.monotonic()
                elif time.monotonic() - read_s > _READ_S:
                    raise UnavailableError(f"Kafka: nothing read from {self._topic} within {_READ_S:g} s")
                for message in messages:
                    if (error := message.error()) is None:
                        self._take(found, message.key(), message.value())
                    elif error.code() == END_OF_PARTITION:
                        self._partitions[partition] = found
                        return
                    elif not error.retriable():
                        raise UnavailableError(f"Kafka: {error.str()}")
        finally:
            consumer.close()

    def _take(self, found: _Partition, key: bytes | None, value: bytes | None) -> None:
        if value is None:
            name, _, destination = (key or b"").decode().partition("/")
            found.forget((name.rpartition("-")[0], destination))
            return
        try:
            delivery = _decoder.decode(value)
        except msgspec.DecodeError as error:
            # At worst somebody is told twice, under the same id.
            log.warning("not a delivery record", error=str(error))
            return
        self._learn(found, delivery)

    def _learn(self, found: _Partition, delivery: Delivery) -> None:
        found.learn(delivery)
        if delivery.status is Status.GONE:
            self._gone.add((delivery.destination, delivery.endpoint))

    def let_go(self, partition: int) -> None:
        self._partitions.pop(partition, None)

    def settled(self, partition: int, episode_id: str, destination: str) -> dict[int, Status]:
        found = self._partitions.get(partition)
        return found.known.get((episode_id, destination), {}) if found else {}

    def is_gone(self, destination: str, endpoint: str) -> bool:
        """It answered 410 once; with another URL it is another endpoint."""
        return (destination, endpoint) in self._gone

    def write(self, written: list[tuple[int, Delivery]]) -> None:
        """By partition. They are in Kafka, and known, when it returns; UnavailableError: try again. Takes away what is too old."""
        self._failed.clear()
        for partition, delivery in written:
            self._produce(partition, delivery.key, _encoder.encode(delivery))
        now_ms = max((delivery.at for _, delivery in written), default=0)
        old = {partition: found.old(now_ms) for partition, found in self._partitions.items()}
        for partition, forgotten in old.items():
            for told in forgotten:
                for seq in self._partitions[partition].known[told]:
                    self._produce(partition, key_of(told, seq), None)
        if self._producer.flush(_FLUSH_S) or self._failed:
            said = words(KafkaException(self._failed[0])) if self._failed else "no answer"
            raise UnavailableError(f"Kafka did not take a delivery record: {said}")
        for partition, forgotten in old.items():
            for told in forgotten:
                self._partitions[partition].forget(told)
        for partition, delivery in written:
            if (found := self._partitions.get(partition)) is not None:
                self._learn(found, delivery)

    def _produce(self, partition: int, key: str, value: bytes | None) -> None:
        self._producer.produce(self._topic, key=key, value=value, partition=partition, on_delivery=self._delivered)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(error)
