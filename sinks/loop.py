"""The sink: poll committed records, write their rows, then commit the offsets. One consumer, several topics, a lane for each.

Law: an offset is committed after everything below it is stored, or known to have no row. Rows may be written again; upserts absorb that.
"""

from __future__ import annotations

import os
import threading
import time

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from events.position import Epoch, NextOffset, Offset, after
from sinks import epochs
from sinks.batch import Batch
from sinks.broker import REQUEST_S, Broker, describe
from sinks.clickhouse import ClickHouseStore
from sinks.collector import collect_rarely
from sinks.consumer import END_OF_PARTITION, OFFSET_GONE, consumer_settings, raise_unless_passing, record_of, stand
from sinks.crash import Crash, from_environment
from sinks.faults import OffsetGoneError, StartAgainError
from sinks.filling import Filling
from sinks.lanes import Lanes
from sinks.letters import TOPIC as LETTERS_TOPIC
from sinks.letters import Letters
from sinks.limit import LetterLimit
from sinks.logs import Log
from sinks.offsets import Offsets
from sinks.progress import Progress, StatusFile
from sinks.record import Place
from sinks.room import is_tight
from sinks.rows import Known, build
from sinks.settings import SinkSettings, wall_ms
from sinks.start import Committed, noted, starting_offset
from sinks.stop import stop_on_signal
from sinks.store import Store, UnavailableError
from sinks.trouble import Trouble
from sinks.writer import Writer, Written

EVENTS_TOPIC = "ticket-events"
DRAIN_S = 5.0
"""All members of the group stand still while one of them drains."""
_POLL_S = 0.05
_POLL_RECORDS = 2_000
_ALL = "all"
"""Beside the topics: what was not looked up keeps all of them."""

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
    """`store` is asked by several threads."""

    def __init__(self, settings: SinkSettings, store: Store, letters: Letters, crash: Crash) -> None:
        self._settings = settings
        self._store = store
        self._progress = Progress()
        self._status = StatusFile(settings.status)
        self._writer = Writer(store, letters, LetterLimit(settings.letters_per_hour), settings.retention, crash, wall_ms)
        self._consumer = Consumer(consumer_settings(settings.kafka, settings.group, settings.instance, reset="error"))
        self._logical = {settings.kafka.prefix + topic: topic for topic in settings.topics}
        self._broker: Broker | None = None
        self._known = Known(Epoch(0), set())
        self._looked_up = False
        self._filling = Filling(settings.batch)
        self._lanes = Lanes(self._store_batch)
        self._offsets = Offsets(self._consumer, settings.kafka.prefix)
        self._trouble = Trouble(settings.backoff)
        self._is_over = False

    # -- the loop ----------------------------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        try:
            while not (stop.is_set() or self._has_looked_up()):
                self._show()
                stop.wait(_POLL_S)
            self._consumer.subscribe(
                list(self._logical), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
            )
            while not stop.is_set():
                if self._is_full():
                    self._lanes.wait(_POLL_S)
                else:
                    self._take(self._consumer.consume(_POLL_RECORDS, _POLL_S))
                self._settle()
                if self._looked_up or self._has_looked_up():
                    self._go_on()
                self._show()
            self._drain(list(self._offsets.next))
        finally:
            # After a fault nothing more is written: behind a batch that failed for good, no offset may be committed.
            self._is_over = True
            self._progress.state = "stopped"
            self._status.show(self._progress, wall_ms())
            self._consumer.close()
            self._lanes.close()

    def _has_looked_up(self) -> bool:
        """Kafka or ClickHouse may be away: then nothing is fetched, and the same is tried again, for as long as it takes."""
        if self._trouble.is_waiting(_ALL, _steady_ms()):
            return False
        try:
            self._look_up()
        except UnavailableError as error:
            self._away(_ALL, error)
            return False
        self._passed(_ALL)
        return True

    def _go_on(self) -> None:
        """A table that takes nothing is tried again when its wait is over; the others do not notice."""
        now_ms = _steady_ms()
        for topic in self._trouble.named:
            if not self._trouble.is_waiting(topic, now_ms):
                self._lanes.retry(topic)
        due = self._filling.due(now_ms, is_tight=self._is_tight())
        self._hand_over([place for place in due if not self._trouble.is_waiting(place[0], now_ms)])

    def _away(self, what: str, error: UnavailableError) -> None:
        if self._trouble.met(what, str(error), _steady_ms()):
            log.warning("waiting", topic=what, reason=str(error))
        self._pause(what)

    def _passed(self, what: str) -> None:
        if attempts := self._trouble.passed(what):
            log.info("going on", topic=what, attempts=attempts)
        self._resume()

    def _look_up(self) -> None:
        """Which log this is and what the database knows of it: anew at every assignment, since others may have written meanwhile."""
        broker = describe(self._settings.kafka, {*self._settings.topics, EVENTS_TOPIC, LETTERS_TOPIC})
        database = self._store.identity()
        if self._broker is not None and (broker, database) != (self._broker, self._offsets.database):
            raise StartAgainError("A topic or the database was made anew or changed while the sink was running.")
        self._broker, self._offsets.database = broker, database
        epoch = epochs.claim(self._store, broker.log_id(EVENTS_TOPIC), broker.topics[EVENTS_TOPIC].partitions)
        self._known = Known(epoch, self._known.forgotten | self._store.forgotten())
        self._looked_up = True

    def _take(self, messages: list[Message]) -> None:
        now_ms = _steady_ms()
        for message in messages:
            if (error := message.error()) is not None and error.code() != END_OF_PARTITION:
                self._judge(message, error)
                continue
            place = (self._logical[message.topic()], message.partition())
            if place not in self._offsets.next:
                continue
            batch = self._filling.at(place, now_ms)
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
            raise OffsetGoneError(*place, self._offsets.next.get(place), low, high)
        raise_unless_passing(error)
        log.warning("kafka", error=error.str())

    def _is_full(self) -> bool:
        """A batch that is full waits for the one before it: then nothing is fetched, or it would grow without end."""
        if _ALL in self._trouble:
            return False  # all is paused, and a consumer that is not asked is no member for long
        return self._is_tight() or self._filling.has_full(lambda place: self._lanes.has(place) and self._is_well(place[0]))

    def _is_tight(self) -> bool:
        well = self._filling.size(self._is_well) + self._lanes.size(self._is_well)
        return is_tight(well, self._filling.size() + self._lanes.size() - well)

    def _is_well(self, topic: str) -> bool:
        return topic not in self._trouble and _ALL not in self._trouble

    def _hand_over(self, places: list[Place]) -> None:
        for place in places:
            if not self._lanes.has(place) and (batch := self._filling.take(place)) is not None:
                self._lanes.hand(batch)

    def _store_batch(self, batch: Batch, withdrawn: threading.Event) -> Written:
        """On a lane's thread."""
        assert self._broker is not None
        return self._writer.write(batch, self._broker, withdrawn)

    def _settle(self) -> None:
        """1. Stored. 2. Only then committed: a crash between the two writes the same rows again."""
        stored, errors = self._lanes.settled()
        for batch, written in stored:
            self._progress.wrote(batch.topic, batch.rows, written.letters, wall_ms())
            for table, rows in written.expired.items():
                self._progress.skipped_expired(table, rows)
            self._offsets.stored((batch.topic, batch.partition), batch.next_offset)
        if self._broker is not None:
            self._offsets.commit_if_due(self._broker, _steady_ms())
        for topic, error in errors.items():
            self._away(topic, error)
        for topic in self._trouble.named - self._lanes.troubled - {_ALL}:
            self._passed(topic)

    def _drain(self, places: list[Place]) -> None:
        """Begins no insert behind the deadline, and waits for those under way; what is left is read again by whoever comes next."""
        end_ms = _steady_ms() + int(DRAIN_S * 1000)
        while not self._is_over:
            begins = [at for at in places if self._looked_up and self._is_well(at[0]) and _steady_ms() < end_ms]
            self._hand_over(begins)
            self._lanes.withdraw(set(places).difference(begins))
            if not self._lanes.is_writing(places):
                break
            self._lanes.wait(_POLL_S)
            self._settle()
        if self._broker is not None:
            self._offsets.commit(self._broker)
        if left := sum(place in self._filling or self._lanes.has(place) for place in places):
            log.warning("not drained", partitions=left)

    # -- partitions come and go --------------------------------------------------------------------------------------

    def _on_assign(self, consumer: Consumer, assigned: list[TopicPartition]) -> None:
        assert self._broker is not None
        for at, low, high in stand(consumer, assigned):
            topic = self._logical[at.topic]
            committed = Committed(at.offset if at.offset >= 0 else None, at.metadata or "")
            here = noted(self._broker.topics[topic].topic_id, self._offsets.database)
            self._offsets.begin((topic, at.partition), starting_offset(topic, at.partition, committed, here, low, high))
        consumer.assign(
            [
                TopicPartition(at.topic, at.partition, self._offsets.next[(self._logical[at.topic], at.partition)])
                for at in assigned
            ]
        )
        self._looked_up = False  # others may have noted a new epoch or a forgotten customer: first look, then read
        self._pause(_ALL)
        log.info("assigned", partitions=len(assigned))

    def _on_revoke(self, _consumer: Consumer, revoked: list[TopicPartition]) -> None:
        """1. Drain. 2. Only then let go: what is in flight would be written twice at every deploy."""
        self._drain(self._places(revoked))
        self._let_go(revoked)

    def _on_lost(self, _consumer: Consumer, lost: list[TopicPartition]) -> None:
        """Others own them by now, and read again what was not committed."""
        log.warning("lost", partitions=len(lost))
        self._let_go(lost)

    def _let_go(self, gone: list[TopicPartition]) -> None:
        for place in self._places(gone):
            self._filling.take(place)
            self._lanes.forget(place)
            self._trouble.passed(place[0])
            self._offsets.let_go(place)

    def _places(self, partitions: list[TopicPartition]) -> list[Place]:
        return [(self._logical[at.topic], at.partition) for at in partitions]

    def _pause(self, what: str) -> None:
        if paused := [at for at in self._consumer.assignment() if what in {_ALL, self._logical[at.topic]}]:
            self._consumer.pause(paused)

    def _resume(self) -> None:
        """All that is in no trouble; nothing before the look-up."""
        if self._looked_up and (resumed := [at for at in self._consumer.assignment() if self._is_well(self._logical[at.topic])]):
            self._consumer.resume(resumed)

    def _show(self) -> None:
        now_ms = wall_ms()
        if not self._status.is_due(now_ms):
            return
        if why := self._trouble.why:
            self._progress.waiting(why)
        elif self._looked_up:
            self._progress.running()
        self._progress.partitions = len(self._offsets.next)
        for topic in self._settings.topics:
            self._progress.of(topic).lag = self._offsets.lag(topic)
        self._status.show(self._progress, now_ms)
