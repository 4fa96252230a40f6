"""The sink: poll committed records, write their rows, then commit the offsets. One consumer, several topics, no threads of its own.

Law: an offset is committed after everything below it is stored, or known to have no row. Rows may be written again; upserts absorb that.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from events.position import Epoch, NextOffset, Offset, after
from sinks import epochs
from sinks.batch import Batch
from sinks.broker import REQUEST_S, Broker, describe, words
from sinks.clickhouse import ClickHouseStore
from sinks.collector import collect_rarely
from sinks.consumer import (
    END_OF_PARTITION,
    NOT_OURS,
    OFFSET_GONE,
    Place,
    consumer_settings,
    raise_unless_passing,
    record_of,
    stand,
)
from sinks.crash import Crash, from_environment
from sinks.faults import OffsetGoneError, StartAgainError
from sinks.letters import TOPIC as LETTERS_TOPIC
from sinks.letters import Letters
from sinks.limit import LetterLimit
from sinks.logs import Log
from sinks.progress import Progress, StatusFile
from sinks.rows import Known, build
from sinks.settings import SinkSettings, wall_ms
from sinks.start import Committed, starting_offset
from sinks.stop import stop_on_signal
from sinks.store import Store, UnavailableError
from sinks.writer import Writer

EVENTS_TOPIC = "ticket-events"
DRAIN_S = 5.0
"""All members of the group stand still while one of them drains."""
_POLL_S = 0.05
_POLL_RECORDS = 2_000
_ALL_BATCHES_BYTES = 64 << 20

log = Log(__name__)


def run(settings: SinkSettings) -> None:
    """Until SIGTERM or Ctrl-C; a SinkStoppedError says what to do before it is started again."""
    crash = from_environment(os.environ)
    collect_rarely()
    store = ClickHouseStore(settings.clickhouse, crash)
    letters = Letters(settings.kafka, wall_ms)
    try:
        with stop_on_signal() as stop:
            Sink(settings, store, letters, crash).run(stop)
    finally:
        letters.close()
        store.close()


def _steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Sink:
    def __init__(self, settings: SinkSettings, store: Store, letters: Letters, crash: Crash) -> None:
        self._settings = settings
        self._store = store
        self._limit = LetterLimit(settings.letters_per_hour)
        self._progress = Progress()
        self._status = StatusFile(settings.status)
        self._writer = Writer(store, letters, self._limit, settings.retention, self._progress, crash, wall_ms)
        self._consumer = Consumer(consumer_settings(settings.kafka, settings.group, settings.instance, reset="error"))
        self._logical = {settings.kafka.prefix + topic: topic for topic in settings.topics}
        self._broker: Broker | None = None
        self._known = Known(Epoch(0), set())
        self._looked_up = False
        self._batches: dict[Place, Batch] = {}
        self._owned: dict[Place, NextOffset] = {}
        """Partitions of ours, and the offset next to be written."""
        self._uncommitted: dict[Place, NextOffset] = {}
        self._failed = 0
        self._again_at_ms = 0

    # -- the loop ----------------------------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        try:
            self._until_looked_up(stop)
            self._consumer.subscribe(
                list(self._logical), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
            )
            while not stop.is_set():
                self._take(self._consumer.consume(_POLL_RECORDS, _POLL_S))
                if not self._is_waiting():
                    self._attempt(self._look_up_and_flush)
                self._show()
            self._drain(list(self._batches))
        finally:
            self._progress.state = "stopped"
            self._status.show(self._progress, wall_ms())
            self._consumer.close()

    def _until_looked_up(self, stop: threading.Event) -> None:
        while not self._looked_up and not stop.is_set():
            if not self._is_waiting():
                self._attempt(self._look_up)
            self._show()
            stop.wait(0 if self._looked_up else _POLL_S)

    def _look_up_and_flush(self) -> None:
        if not self._looked_up:
            self._look_up()
            self._resume()
        self._flush(self._due())

    def _attempt(self, act: Callable[[], None]) -> None:
        """Kafka or ClickHouse may be away: then nothing more is fetched, and the same is tried again, for as long as it takes."""
        try:
            act()
        except UnavailableError as error:
            self._failed += 1
            self._again_at_ms = _steady_ms() + (self._settings.backoff.delay_ms(self._failed) or 0)
            if self._failed == 1:
                log.warning("waiting", reason=str(error))
            self._progress.waiting(str(error))
            self._pause()
            return
        if self._failed:
            log.info("going on", attempts=self._failed)
            self._resume()
        self._failed = 0
        self._progress.running()

    def _is_waiting(self) -> bool:
        return self._failed > 0 and _steady_ms() < self._again_at_ms

    def _look_up(self) -> None:
        """Which log this is and what the database knows of it: anew at every assignment, since others may have written meanwhile."""
        broker = describe(self._settings.kafka, {*self._settings.topics, EVENTS_TOPIC, LETTERS_TOPIC})
        if self._broker is not None and broker != self._broker:
            raise StartAgainError("A topic was made anew or changed while the sink was running.")
        self._broker = broker
        epoch = epochs.claim(self._store, broker.log_id(EVENTS_TOPIC), broker.topics[EVENTS_TOPIC].partitions)
        self._known = Known(epoch, self._known.forgotten | self._store.forgotten())
        self._looked_up = True

    # -- records in --------------------------------------------------------------------------------------------------

    def _take(self, messages: list[Message]) -> None:
        now_ms = _steady_ms()
        for message in messages:
            if (error := message.error()) is not None and error.code() != END_OF_PARTITION:
                self._judge(message, error)
                continue
            place = (self._logical[message.topic()], message.partition())
            if place not in self._owned:
                continue
            batch = self._batches.get(place)
            if batch is None:
                batch = self._batches[place] = Batch(*place, now_ms)
            if error is not None:
                # The end, as a reader of committed records sees it: behind the marker of the last transaction.
                batch.reach(NextOffset(message.offset()))
            elif message.value() is None:
                batch.reach(after(Offset(message.offset())))
            else:
                record = record_of(place, message)
                batch.add(record, build(record, self._known))

    def _judge(self, message: Message, error: KafkaError) -> None:
        if error.code() == OFFSET_GONE and message.topic() is not None:
            place = (self._logical[message.topic()], message.partition())
            low, high = self._consumer.get_watermark_offsets(TopicPartition(message.topic(), place[1]), timeout=REQUEST_S)
            raise OffsetGoneError(*place, self._owned.get(place), low, high)
        raise_unless_passing(error)
        log.warning("kafka", error=error.str())

    # -- rows out ----------------------------------------------------------------------------------------------------

    def _due(self) -> list[Place]:
        now_ms = _steady_ms()
        if sum(batch.size for batch in self._batches.values()) >= _ALL_BATCHES_BYTES:
            return list(self._batches)
        return [place for place, batch in self._batches.items() if batch.is_due(self._settings.batch, now_ms)]

    def _flush(self, places: list[Place]) -> None:
        """1. Store. 2. Only then commit: a crash between the two writes the same rows again."""
        try:
            for place in places:
                self._write(place)
        finally:
            self._commit()

    def _write(self, place: Place) -> None:
        batch = self._batches[place]
        assert self._broker is not None
        self._writer.write(batch, self._broker)
        del self._batches[place]
        if batch.next_offset is not None and batch.next_offset > self._owned.get(place, -1):
            self._uncommitted[place] = self._owned[place] = batch.next_offset

    def _commit(self) -> None:
        if not self._uncommitted:
            return
        assert self._broker is not None
        offsets = [
            TopicPartition(self._settings.kafka.prefix + topic, partition, offset, self._broker.topics[topic].topic_id)
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

    def _drain(self, places: list[Place]) -> None:
        """Within the deadline; what is left is read again by whoever comes next."""
        end_ms = _steady_ms() + int(DRAIN_S * 1000)
        try:
            for place in places:
                if self._failed or not self._looked_up or _steady_ms() >= end_ms:
                    return
                self._write(place)
        except UnavailableError as error:
            log.warning("not drained", reason=str(error))
        finally:
            self._commit()

    # -- partitions come and go --------------------------------------------------------------------------------------

    def _on_assign(self, consumer: Consumer, assigned: list[TopicPartition]) -> None:
        assert self._broker is not None
        for at, low, high in stand(consumer, assigned):
            topic = self._logical[at.topic]
            committed = Committed(at.offset if at.offset >= 0 else None, at.metadata or "")
            offset = starting_offset(topic, at.partition, committed, self._broker.topics[topic].topic_id, low, high)
            self._owned[(topic, at.partition)] = NextOffset(offset)
        consumer.assign(
            [TopicPartition(at.topic, at.partition, self._owned[(self._logical[at.topic], at.partition)]) for at in assigned]
        )
        # Others may have noted a new epoch or a forgotten customer: first look, then read.
        self._looked_up = False
        self._pause()
        log.info("assigned", partitions=len(assigned))

    def _on_revoke(self, _consumer: Consumer, revoked: list[TopicPartition]) -> None:
        """1. Drain. 2. Only then let go: what is in flight would be written twice at every deploy."""
        self._drain([place for place in self._places(revoked) if place in self._batches])
        self._let_go(revoked)

    def _on_lost(self, _consumer: Consumer, lost: list[TopicPartition]) -> None:
        """Others own them by now, and read again what was not committed."""
        log.warning("lost", partitions=len(lost))
        self._let_go(lost)

    def _let_go(self, gone: list[TopicPartition]) -> None:
        for place in self._places(gone):
            self._batches.pop(place, None)
            self._owned.pop(place, None)
            self._uncommitted.pop(place, None)

    def _places(self, partitions: list[TopicPartition]) -> list[Place]:
        return [(self._logical[at.topic], at.partition) for at in partitions]

    def _pause(self) -> None:
        if assigned := self._consumer.assignment():
            self._consumer.pause(assigned)

    def _resume(self) -> None:
        if assigned := self._consumer.assignment():
            self._consumer.resume(assigned)

    # -- status ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        now_ms = wall_ms()
        if not self._status.is_due(now_ms):
            return
        self._progress.partitions = len(self._owned)
        for topic in self._settings.topics:
            self._progress.of(topic).lag = 0
        for (topic, partition), next_offset in self._owned.items():
            _, high = self._consumer.get_watermark_offsets(
                TopicPartition(self._settings.kafka.prefix + topic, partition), cached=True
            )
            self._progress.of(topic).lag += max(0, high - next_offset)
        self._status.show(self._progress, now_ms)
