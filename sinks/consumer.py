"""The consumer of a sink or notifier: its settings, the codes it meets, and a message as a record."""

from __future__ import annotations

import time
from typing import Any, Literal

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition

from sinks.broker import REQUEST_S, words
from sinks.faults import SinkStoppedError, StartAgainError
from sinks.record import Place, Record
from sinks.settings import KafkaSettings

# librdkafka's own codes have no public name.
END_OF_PARTITION: int = KafkaError._PARTITION_EOF  # noqa: SLF001 - see above
OFFSET_GONE: int = KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 - see above
PASSING: frozenset[int] = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001 - see above
        KafkaError._TRANSPORT,  # noqa: SLF001 - see above
        KafkaError._RESOLVE,  # noqa: SLF001 - see above
        KafkaError._TIMED_OUT,  # noqa: SLF001 - see above
        KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001 - see above
    }
)
"""The client goes on by itself."""
FORBIDDEN: frozenset[int] = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED})
NOT_OURS: frozenset[int] = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001 - see above
    }
)
"""What a commit meets when the partitions went to somebody else: they read again what we wrote."""

_ASK_S = 60.0
_PAUSE_S = 0.05


def consumer_settings(kafka: KafkaSettings, group: str, instance: str, reset: Literal["error", "earliest"]) -> dict[str, Any]:
    return {
        # What matters comes as an error of its own; a broker that is away would fill the log otherwise.
        "log_level": 2,
        **kafka.client,
        "group.id": group,
        **({"group.instance.id": instance} if instance else {}),
        "isolation.level": "read_committed",
        "auto.offset.reset": reset,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        # Eager: cooperative assignment with manual commits ends in rejoin storms.
        "partition.assignment.strategy": "range",
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 3_000,
        # Above the time of one round of inserts that all run into their timeout.
        "max.poll.interval.ms": 600_000,
        "fetch.wait.max.ms": 100,
        # Without it the broker answers at every transaction's end, twenty times a second and partition.
        "fetch.min.bytes": 65_536,
        "queued.max.messages.kbytes": 16_384,
    }


def record_of(place: Place, message: Message) -> Record:
    """Of a message that is neither an error nor a tombstone."""
    headers = tuple((name, value or b"") for name, value in message.headers() or ())
    kind, at_ms = message.timestamp()
    return Record(
        *place, message.offset(), message.key() or b"", message.value(), headers, 0 if kind == TIMESTAMP_NOT_AVAILABLE else at_ms
    )


def stand(consumer: Consumer, assigned: list[TopicPartition]) -> list[tuple[TopicPartition, int, int]]:
    """Of each partition the group's offset, and what the topic holds. Asked again while coordinator or leaders move."""
    end_s = time.monotonic() + _ASK_S
    while True:
        try:
            return [
                (at, *consumer.get_watermark_offsets(at, timeout=REQUEST_S))
                for at in consumer.committed(assigned, timeout=REQUEST_S)
            ]
        except KafkaException as error:
            if error.args[0].code() in FORBIDDEN:
                raise SinkStoppedError(f"Kafka refuses the sink: {words(error)}. Grant it the right to read.") from error
            if time.monotonic() >= end_s:
                raise StartAgainError(f"Kafka does not say where the sink stands: {words(error)}") from error
            time.sleep(_PAUSE_S)


def raise_unless_passing(error: KafkaError) -> None:
    """Returns where the client goes on by itself."""
    if error.code() in FORBIDDEN:
        raise SinkStoppedError(f"Kafka refuses: {error.str()}. Grant the right to read topics and group.")
    if error.fatal() or not (error.retriable() or error.code() in PASSING):
        raise StartAgainError(f"Kafka: {error.str()}")
