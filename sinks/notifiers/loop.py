"""The notifier: reads committed alerts, decides, sends, and records what was delivered. One loop; sends run in threads.

Law: told, then recorded, then committed. A crash between the first two tells one message again, under the same id.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from events.position import NextOffset, Offset, after
from sinks import alert as alerts
from sinks.broker import describe, words
from sinks.consumer import END_OF_PARTITION, NOT_OURS, consumer_settings, raise_unless_passing
from sinks.faults import StartAgainError
from sinks.logs import Log
from sinks.notifiers.channels import destinations_of
from sinks.notifiers.decide import Decision, Status, decide
from sinks.notifiers.deliveries import TOPIC as DELIVERIES_TOPIC
from sinks.notifiers.deliveries import Deliveries, Delivery
from sinks.notifiers.destination import Delivered, Destination
from sinks.notifiers.judge import judge
from sinks.notifiers.outbox import Outbox, Waiting
from sinks.notifiers.sending import Sending
from sinks.progress import NotifyProgress, StatusFile
from sinks.settings import NotifySettings, wall_ms
from sinks.stop import stop_on_signal
from sinks.store import UnavailableError

TOPIC = "alerts"
FINISH_S = 5.0
"""For sends that are under way when the notifier is told to stop or loses their partitions."""
MOST_WAITING = 5_000
"""For one destination. A receiver that is away fills no memory and holds up nobody else: its oldest are given up."""
_POLL_S = 0.05
_POLL_RECORDS = 200

log = Log(__name__)


def run(settings: NotifySettings) -> None:
    """Until SIGTERM or Ctrl-C; a SinkStoppedError says what to do before it is started again."""
    destinations = destinations_of(settings)
    with stop_on_signal() as stop:
        Notifier(settings, destinations).run(stop)


class Notifier:
    def __init__(self, settings: NotifySettings, destinations: list[Destination]) -> None:
        self._settings = settings
        self._destinations = {destination.name: destination for destination in destinations}
        self._outbox = Outbox()
        self._deliveries = Deliveries(settings.kafka)
        self._progress = NotifyProgress()
        self._status = StatusFile(settings.status)
        self._topic = settings.kafka.prefix + TOPIC
        # What was deleted is a month old and would be told to nobody: unlike a sink of rows, it may go on with the oldest.
        self._consumer = Consumer(consumer_settings(settings.kafka, settings.group, settings.instance, reset="earliest"))
        self._sending = Sending()
        self._unrecorded: list[tuple[Waiting, Delivery]] = []
        self._committed: dict[int, int] = {}

    def run(self, stop: threading.Event) -> None:
        try:
            self._until_described(stop)
            self._consumer.subscribe(
                [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=lambda _, lost: self._let_go(lost)
            )
            while not stop.is_set():
                self._take(self._consumer.consume(_POLL_RECORDS, _POLL_S))
                self._send()
                self._make_room()
                self._record()
                self._commit()
                self._show()
            self._finish()
            # Closing gives the partitions back, and would wait once more.
            self._sending = Sending()
        finally:
            self._progress.state = "stopped"
            self._status.show(self._progress, wall_ms())
            self._consumer.close()

    def _until_described(self, stop: threading.Event) -> None:
        """Both topics are there before anything is read; a broker that is away is waited for."""
        while not stop.is_set():
            try:
                describe(self._settings.kafka, (TOPIC, DELIVERIES_TOPIC))
            except UnavailableError as error:
                self._progress.waiting(str(error))
                self._show()
                stop.wait(_POLL_S)
            else:
                self._progress.running()
                return

    # -- in ----------------------------------------------------------------------------------------------------------

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            if (error := message.error()) is not None:
                if error.code() == END_OF_PARTITION:
                    # Behind the marker of the last transaction, as a reader of committed records sees it.
                    self._outbox.reach(message.partition(), NextOffset(message.offset()))
                    continue
                raise_unless_passing(error)
                continue
            self._outbox.reach(message.partition(), after(Offset(message.offset())))
            if (value := message.value()) is not None:
                self._add(message, value)

    def _add(self, message: Message, value: bytes) -> None:
        try:
            alert = alerts.read(value)
        except msgspec.DecodeError as error:
            # The sink makes it a dead letter; here there is nobody to tell.
            log.warning("not an alert", partition=message.partition(), offset=message.offset(), error=str(error))
            return
        names = [
            name
            for name, destination in self._destinations.items()
            if not destination.accounts or alert.data.account in destination.accounts
        ]
        self._outbox.add(alert, value, names, message.partition(), message.offset())

    # -- out ---------------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """For a moment, as fast as they answer: a receiver that works must not lose what it could have been told."""
        end_s = time.monotonic() + _POLL_S
        self._collect()
        self._begin()
        while self._sending.under_way() and (left_s := end_s - time.monotonic()) > 0:
            self._sending.wait(left_s)
            self._collect()
            self._begin()

    def _begin(self) -> None:
        """Decides on the first of every lane; sends what is to be sent, as many at a time as its destination takes."""
        sending = Counter(waiting.destination for waiting in self._sending.under_way())
        held = self._held()
        for waiting in self._outbox.due(_steady_ms()):
            destination = self._destinations[waiting.destination]
            if sending[destination.name] >= destination.parallel or waiting.name in held:
                continue
            decision = self._decide(waiting, destination)
            if decision.is_sent:
                sending[destination.name] += 1
                self._sending.begin(waiting, destination)
            else:
                self._pass_over(waiting, decision)

    def _held(self) -> set[str]:
        """By name: what was under way when its partition went and came back is not begun anew beside it."""
        return {one.name for one in (*self._sending.under_way(), *(waiting for waiting, _ in self._unrecorded))}

    def _make_room(self) -> None:
        held = self._held()
        for waiting in self._outbox.crowding(MOST_WAITING):
            if waiting.name not in held:
                decision = self._decide(waiting, self._destinations[waiting.destination])
                self._pass_over(waiting, Decision.CROWDED_OUT if decision.is_sent else decision)

    def _decide(self, waiting: Waiting, destination: Destination) -> Decision:
        return decide(
            waiting.alert,
            self._deliveries.settled(waiting.partition, waiting.alert.data.episode_id, destination.name),
            self._outbox.resolved_at_ms(waiting),
            self._settings.now_ms(),
            is_disabled=self._deliveries.is_gone(destination.name, destination.endpoint),
        )

    def _pass_over(self, waiting: Waiting, decision: Decision) -> None:
        tell = log.warning if decision.is_loss else log.info
        tell("not sent", id=waiting.alert.send_id, destination=waiting.destination, reason=decision.value)
        if decision.status is None:
            self._outbox.settle(waiting)
        else:
            self._settle_as(waiting, decision.status)

    def _collect(self) -> None:
        for waiting, outcome in self._sending.ended():
            schedule, at = self._destinations[waiting.destination].schedule, self._progress.at(waiting.destination)
            judged = judge(waiting, outcome, schedule, at, self._settings.now_ms())
            if isinstance(judged, Status):
                self._settle_as(waiting, judged, outcome.ref if isinstance(outcome, Delivered) else "")
            else:
                waiting.due_ms = _steady_ms() + judged

    def _settle_as(self, waiting: Waiting, status: Status, ref: str = "") -> None:
        episode = waiting.alert.data
        endpoint = self._destinations[waiting.destination].endpoint
        number, ends = waiting.attempts, waiting.alert.is_resolve
        delivery = Delivery(episode.episode_id, episode.seq, waiting.destination, number, status, ref, wall_ms(), endpoint, ends)
        self._unrecorded.append((waiting, delivery))

    def _record(self) -> None:
        """Until Kafka has the records their alerts are not settled, and nothing is committed beyond them."""
        if not self._unrecorded:
            return
        try:
            self._deliveries.write([(waiting.partition, delivery) for waiting, delivery in self._unrecorded])
        except UnavailableError as error:
            self._progress.waiting(str(error))
            return
        for waiting, _ in self._unrecorded:
            self._outbox.settle(waiting)
        self._unrecorded.clear()
        self._progress.running()

    def _commit(self) -> None:
        offsets = []
        for partition in self._outbox.partitions():
            offset = self._outbox.next_offset(partition)
            if offset is not None and offset > self._committed.get(partition, -1):
                offsets.append(TopicPartition(self._topic, partition, offset))
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            log.warning("not committed", reason=words(error))
            if error.args[0].code() not in NOT_OURS:
                return
        self._committed.update({at.partition: at.offset for at in offsets})

    def _finish(self, partitions: Collection[int] | None = None) -> None:
        """What is under way for them (None: for all) gets a moment, and what was told is recorded before anybody else reads on."""
        end_s = time.monotonic() + FINISH_S
        while self._sending.under_way(partitions) and (left_s := end_s - time.monotonic()) > 0:
            self._sending.wait(left_s)
            self._collect()
        self._collect()
        self._record()
        self._commit()

    # -- partitions come and go --------------------------------------------------------------------------------------

    def _on_assign(self, consumer: Consumer, assigned: list[TopicPartition]) -> None:
        """What was delivered is known before the first alert is read."""
        try:
            for at in assigned:
                self._deliveries.load(at.partition)
        except UnavailableError as error:
            raise StartAgainError(str(error)) from error
        consumer.assign(assigned)
        log.info("assigned", partitions=len(assigned))

    def _on_revoke(self, _consumer: Consumer, revoked: list[TopicPartition]) -> None:
        self._finish({at.partition for at in revoked})
        self._let_go(revoked)

    def _let_go(self, gone: list[TopicPartition]) -> None:
        """An answer that is still awaited is recorded when it comes: whoever has the partition now may not know of it."""
        for at in gone:
            self._outbox.let_go(at.partition)
            self._deliveries.let_go(at.partition)
            self._committed.pop(at.partition, None)

    # -- status ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        now_ms = wall_ms()
        if not self._status.is_due(now_ms):
            return
        waiting = Counter(one.destination for one in self._outbox.waiting())
        for name in self._destinations:
            self._progress.at(name).waiting = waiting[name]
        assigned = self._consumer.assignment()
        self._progress.partitions = len(assigned)
        ends = {at.partition: self._consumer.get_watermark_offsets(at, cached=True)[1] for at in assigned}
        self._progress.of(TOPIC).lag = sum(max(0, ends[p] - offset) for p, offset in self._committed.items() if p in ends)
        self._progress.of(TOPIC).rows = sum(at.delivered for at in self._progress.destinations.values())
        self._status.show(self._progress, now_ms)


def _steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000
