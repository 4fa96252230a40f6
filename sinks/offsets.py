"""Where a sink stands in its partitions: what is next to be written in each, and what the group was told of it."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.position import NextOffset
from sinks.broker import Broker, words
from sinks.consumer import NOT_OURS
from sinks.logs import Log
from sinks.record import Place
from sinks.start import noted

_COMMIT_EVERY_MS = 1_000

log = Log(__name__)


class Offsets:
    def __init__(self, consumer: Consumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix
        self._uncommitted: dict[Place, NextOffset] = {}
        self._committed_ms = 0
        self.next: dict[Place, NextOffset] = {}
        """Of every partition that is ours."""
        self.database = ""
        """What is committed is stored there."""

    def begin(self, place: Place, offset: int) -> None:
        self.next[place] = NextOffset(offset)

    def stored(self, place: Place, next_offset: NextOffset | None) -> None:
        """Everything below it is, or has no row."""
        if next_offset is not None and place in self.next and next_offset > self.next[place]:
            self._uncommitted[place] = self.next[place] = next_offset

    def let_go(self, place: Place) -> None:
        self.next.pop(place, None)
        self._uncommitted.pop(place, None)

    def commit_if_due(self, broker: Broker, now_ms: int) -> None:
        """Once a second: a commit is work for the broker, and what a crash repeats upserts absorb."""
        if self._uncommitted and now_ms - self._committed_ms >= _COMMIT_EVERY_MS:
            self.commit(broker)
            self._committed_ms = now_ms

    def commit(self, broker: Broker) -> None:
        """Failing costs repetitions only: the next commit says the same."""
        if not self._uncommitted:
            return
        offsets = [
            TopicPartition(self._prefix + topic, partition, offset, noted(broker.topics[topic].topic_id, self.database))
            for (topic, partition), offset in self._uncommitted.items()
        ]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() in NOT_OURS:
                self._uncommitted.clear()
            log.warning("not committed", reason=words(error))
        else:
            self._uncommitted.clear()

    def lag(self, topic: str) -> int:
        """Records of our partitions that are not written yet, as far as the client knows without asking."""
        behind = 0
        for (of_topic, partition), next_offset in self.next.items():
            if of_topic == topic:
                at = TopicPartition(self._prefix + topic, partition)
                _, high = self._consumer.get_watermark_offsets(at, cached=True)
                behind += max(0, high - next_offset)
        return behind
