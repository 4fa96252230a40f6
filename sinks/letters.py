"""Dead letters of the sink: the original bytes, where they came from and why. Delivered when `deliver` returns."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events.rejected import Reason
from sinks.batch import Refusal
from sinks.broker import Broker, words
from sinks.record import Headers
from sinks.settings import KafkaSettings
from sinks.store import UnavailableError

TOPIC = "dead-letters"
_FLUSH_S = 30.0


def letter_headers(refusal: Refusal, topic_id: str, at_ms: int) -> Headers:
    """`letter_id` names the record itself, so a repeated letter stays one row."""
    record = refusal.record
    account, source = _whose(record.key)
    version = record.header("version")
    headers = {
        "stage": "sink",
        "reason": Reason.BAD_ROW.value,
        "error": refusal.error,
        "account": account,
        "source": source,
        "letter_id": f"{topic_id}/{record.partition}/{record.offset}",
        "at": str(at_ms),
        "src_topic": record.topic,
        "src_partition": str(record.partition),
        "src_offset": str(record.offset),
    } | ({"version": version} if version else {})
    return tuple((name, text.encode()) for name, text in headers.items())


def _whose(key: bytes) -> tuple[str, str]:
    """Account and source, as far as the key tells: of a ticket both, of a minute or alert the account."""
    parts = key.decode("utf-8", "replace").split("/", 2)
    return (parts[0], parts[1]) if len(parts) > 2 else (parts[0] if len(parts) > 1 else "", "")


class Letters:
    def __init__(self, kafka: KafkaSettings, now_ms: Callable[[], int]) -> None:
        self._topic = kafka.prefix + TOPIC
        self._now_ms = now_ms
        self._failed: list[KafkaError] = []
        self._producer = Producer(
            {
                "log_level": 0,
                **kafka.client,
                "enable.idempotence": True,
                "message.timeout.ms": int(_FLUSH_S * 1000),
                # The original may be as large as a record can be.
                "message.max.bytes": 10_000_000,
            }
        )

    def deliver(self, refusals: list[Refusal], broker: Broker) -> None:
        """An UnavailableError if the broker did not take every one; repeating is harmless."""
        self._failed.clear()
        for refusal in refusals:
            record = refusal.record
            account, source = _whose(record.key)
            self._producer.produce(
                self._topic,
                key=f"{account}/{source}" if account else "",
                value=record.value,
                headers=list(letter_headers(refusal, broker.topics[record.topic].topic_id, self._now_ms())),
                partition=record.partition,
                on_delivery=self._delivered,
            )
        left = self._producer.flush(_FLUSH_S)
        if left or self._failed:
            said = words(KafkaException(self._failed[0])) if self._failed else "no answer"
            raise UnavailableError(f"Kafka did not take a dead letter: {said}")

    def close(self) -> None:
        self._producer.flush(1.0)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(error)
