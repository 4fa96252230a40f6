"""One dead letter with its original bytes, from Kafka."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

_WITHIN_S = 15.0
_LOOK_S = 0.1


class LetterGoneError(Exception):
    """Kafka does not hold it any more, or does not answer; the message says which."""


@dataclass(frozen=True, slots=True)
class Letter:
    key: str
    headers: dict[str, str]
    body: bytes
    """As it arrived."""


def fetch(client: Mapping[str, str], topic: str, partition: int, offset: int) -> Letter:
    consumer = Consumer(
        {
            "group.id": "deskpulse-dead-letters",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "log_level": 0,
            **client,
        }
    )
    end_s = time.monotonic() + _WITHIN_S
    try:
        consumer.assign([TopicPartition(topic, partition, offset)])
        while time.monotonic() < end_s:
            record = consumer.poll(_LOOK_S)
            if record is None:
                continue
            if record.error() is not None or record.offset() != offset:
                raise LetterGoneError("Kafka no longer holds this letter: dead letters are kept for 30 days.")
            headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers() or []}
            return Letter((record.key() or b"").decode(errors="replace"), headers, record.value() or b"")
    except KafkaException as error:
        raise LetterGoneError(f"Kafka does not answer ({error.args[0].str()}).") from error
    finally:
        consumer.close()
    raise LetterGoneError(f"Kafka did not answer within {_WITHIN_S:g} s ({KafkaError(KafkaError._TIMED_OUT).str()}).")  # noqa: SLF001 - its own text
