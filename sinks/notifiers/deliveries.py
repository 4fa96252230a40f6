"""Delivery records: what was told where, written after it was, read before anything is told again. Topic `alert-deliveries`, compacted."""

from __future__ import annotations

import time

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
_FLUSH_S = 10.0
_READ_S = 30.0
_LOOK_S = 0.05

log = Log(__name__)


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

    @property
    def key(self) -> str:
        return f"{self.episode_id}-{self.seq}/{self.destination}"


_decoder = msgspec.json.Decoder(Delivery)
_encoder = msgspec.json.Encoder()


class Deliveries:
    """Of the partitions that were loaded; a delivery stands in the partition of its alert."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._topic = kafka.prefix + TOPIC
        self._kafka = kafka
        self._known: dict[int, dict[tuple[str, str], dict[int, Status]]] = {}
        self._gone: set[tuple[str, str]] = set()
        self._failed: list[KafkaError] = []
        self._producer = Producer(
            {"log_level": 0, **kafka.client, "enable.idempotence": True, "message.timeout.ms": int(_FLUSH_S * 1000)}
        )

    def load(self, partition: int) -> None:
        """Reads the partition to its end."""
        known: dict[tuple[str, str], dict[int, Status]] = {}
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
                        self._take(known, message.value())
                    elif error.code() == END_OF_PARTITION:
                        self._known[partition] = known
                        return
                    elif not error.retriable():
                        raise UnavailableError(f"Kafka: {error.str()}")
        finally:
            consumer.close()

    def _take(self, known: dict[tuple[str, str], dict[int, Status]], value: bytes | None) -> None:
        if value is None:
            return
        try:
            delivery = _decoder.decode(value)
        except msgspec.DecodeError as error:
            # At worst somebody is told twice, under the same id.
            log.warning("not a delivery record", error=str(error))
            return
        self._learn(known, delivery)

    def _learn(self, known: dict[tuple[str, str], dict[int, Status]], delivery: Delivery) -> None:
        known.setdefault((delivery.episode_id, delivery.destination), {})[delivery.seq] = delivery.status
        if delivery.status is Status.GONE:
            self._gone.add((delivery.destination, delivery.endpoint))

    def let_go(self, partition: int) -> None:
        self._known.pop(partition, None)

    def settled(self, partition: int, episode_id: str, destination: str) -> dict[int, Status]:
        return self._known.get(partition, {}).get((episode_id, destination), {})

    def is_gone(self, destination: str, endpoint: str) -> bool:
        """It answered 410 once; with another URL it is another endpoint."""
        return (destination, endpoint) in self._gone

    def write(self, written: list[tuple[int, Delivery]]) -> None:
        """By partition. They are in Kafka, and known, when it returns; UnavailableError: try again."""
        self._failed.clear()
        for partition, delivery in written:
            self._producer.produce(
                self._topic, key=delivery.key, value=_encoder.encode(delivery), partition=partition, on_delivery=self._delivered
            )
        if self._producer.flush(_FLUSH_S) or self._failed:
            said = words(KafkaException(self._failed[0])) if self._failed else "no answer"
            raise UnavailableError(f"Kafka did not take a delivery record: {said}")
        for partition, delivery in written:
            if (known := self._known.get(partition)) is not None:
                self._learn(known, delivery)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(error)
