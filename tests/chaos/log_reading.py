"""What came of it: committed records and ends of topics, and a limit that the world sets to a topic."""

from __future__ import annotations

from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from tests.eventually import eventually


def records(bootstrap: str, topic: str, partition: int) -> Iterator[Message]:
    """All committed records of one partition, to its end."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "tests-read",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }
    )
    try:
        consumer.list_topics(timeout=30)  # unasked, the client finds out about a topic half a second later
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        while True:
            for message in consumer.consume(10_000, 0.02):
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    return
                else:
                    raise AssertionError(error.str())
    finally:
        consumer.close()


def log_ends(bootstrap: str, topic: str, partitions: int) -> dict[int, int]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tests-read", "log_level": 0})
    try:
        return {number: _log_end(consumer, TopicPartition(topic, number)) for number in range(partitions)}
    finally:
        consumer.close()


def _log_end(consumer: Consumer, partition: TopicPartition) -> int:
    """Asked again while the partition is given a leader."""

    def end() -> tuple[int]:
        try:
            return (int(consumer.get_watermark_offsets(partition, 10, cached=False)[1]),)
        except KafkaException as error:
            raise AssertionError(str(error)) from error

    return eventually(end, 20, f"{partition.topic} tells its end")[0]


def limit_records(topic: str, largest: int, bootstrap: str) -> None:
    """The largest batch that the broker takes, a moment later: a refusal by the world, and its end."""
    entry = ConfigEntry("max.message.bytes", str(largest), incremental_operation=AlterConfigOpType.SET)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for altered in admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]
    ).values():
        altered.result()
