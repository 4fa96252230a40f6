"""Reads topics to their end, committed records only."""

from __future__ import annotations

from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

_AT_ONCE = 10_000


def consumer(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }
    )


def whole(bootstrap: str, topic: str, partitions: int) -> Iterator[Message]:
    reader = consumer(bootstrap)
    reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
    ended: set[int] = set()
    try:
        while len(ended) < partitions:
            for message in reader.consume(_AT_ONCE, 0.05):
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own codes have no public name
                    ended.add(message.partition())
                elif not error.retriable():
                    raise KafkaException(error)
    finally:
        reader.close()
