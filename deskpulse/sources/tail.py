"""What arrives of one source from now on: the end of its partition of ticket-events and dead-letters. Reads, and commits nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.codec import decode, split_source
from events.placement import partition_of
from events.rejected import Rejected
from events.wire import Event

_REQUEST_S = 10.0


class KafkaAwayError(Exception):
    """Kafka or a topic of ours is not there; the message says which."""


@dataclass(frozen=True, slots=True)
class Understood:
    event: Event
    received_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str
    error: str
    letter_id: str = ""
    """Empty where the log holds it and nobody has put it aside yet."""


Seen = Understood | Refused


class Tail:
    """From the instant it is made: what is appended after that is seen, whenever it is asked for."""

    def __init__(self, client: Mapping[str, str], events: str, letters: str, account: str, source: str) -> None:
        self._letters = letters
        self._name = account, source
        # A group is only a name here: partitions are assigned by hand and no offset is ever committed.
        self._consumer = Consumer(
            {
                "group.id": "deskpulse-sources-test",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "log_level": 0,
                **client,
            }
        )
        try:
            self._consumer.assign([self._end(topic, account) for topic in (events, letters)])
        except KafkaException as error:
            self._consumer.close()
            raise KafkaAwayError(f"Kafka does not answer ({error.args[0].str()}). Start it: deskpulse up") from error
        except KafkaAwayError:
            self._consumer.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._consumer.close()

    def look(self, within_s: float) -> Seen | None:
        """The next record of the source, if one comes in time; records of others are passed over."""
        record = self._consumer.poll(within_s)
        if record is None:
            return None
        if record.error() is not None:
            raise KafkaAwayError(f"Kafka stopped answering ({record.error().str()}).")
        value = record.value() or b""
        if record.topic() == self._letters:
            return _letter(record.headers() or [], self._name)
        return _event(value, record.timestamp()[1], self._name)

    def _end(self, topic: str, account: str) -> TopicPartition:
        partitions = self._consumer.list_topics(topic, timeout=_REQUEST_S).topics[topic].partitions
        if not partitions:
            raise KafkaAwayError(f"Kafka has no topic {topic}. Make it: deskpulse topics, or deskpulse up")
        place = TopicPartition(topic, partition_of(account, len(partitions)))
        _, place.offset = self._consumer.get_watermark_offsets(place, timeout=_REQUEST_S)
        return place


def _event(value: bytes, received_ms: int, name: tuple[str, str]) -> Seen | None:
    event = decode(value)
    if isinstance(event, Rejected):
        return Refused(event.reason.value, event.error) if (event.account, event.source) == name else None
    return Understood(event, received_ms) if split_source(event.source) == name else None


def _letter(headers: Any, name: tuple[str, str]) -> Refused | None:
    told = {key: (value or b"").decode(errors="replace") for key, value in headers}
    if (told.get("account"), told.get("source")) != name:
        return None
    return Refused(told.get("reason", ""), told.get("error", ""), told.get("letter_id", ""))
