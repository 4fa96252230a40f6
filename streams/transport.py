"""Faust's transport with one difference: what was fetched from a partition is one message. Some 2 us an event instead of 140.

Everything here overrides internals of the pinned Faust; a contract test holds that they are still there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from faust import Event, Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.batch import Fetched
from streams.logs import Log
from streams.results import Source

log = Log(__name__)

_FETCH_WAIT_MS = 100
_HELD_BACK_S = 0.02
_CREATE_TIME = 0
"""`ticket-events` carry the instant of receipt, set by their producers."""


class Owner(Protocol):
    """Who folds what is fetched; the consumer asks it for everything that Faust would count itself."""

    async def revoked(self) -> None: ...

    async def assigned(self, numbers: Iterable[int]) -> None: ...

    def hint(self, number: int) -> int | None: ...

    def has_room(self, number: int) -> bool: ...


class SourceRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types here
    """Makes of a fetched record what the fold reads, at once: a record is made a million times more often than a batch."""

    def _consumer_record(self, tp: TP, record: Any) -> Source:  # noqa: ARG002 - aiokafka's signature
        return Source(record.offset, record.timestamp, record.key, record.value)


class FetchThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types here
    """Where fetches and seeks happen, so that for every batch it is known which seeks came before it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seeks: Counter[int] = Counter()
        """By partition: the seeks of its runners."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # aiokafka has no setting for it either; nothing else in a worker consumes with it.
        fetcher.PartitionRecords = SourceRecords
        # Faust waits 1.5 s for a fetch that finds nothing; a partition that is not part of that fetch waits as long.
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS  # noqa: SLF001 - Faust passes a constant and has no setting
        return consumer

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> dict[TP, Fetched]:
        records = await super()._fetch_records(*args, **kwargs)
        # Nothing is awaited between the records and this: a seek came before them, or it did not.
        return {tp: Fetched(some, self.seeks[tp.partition], self._end(tp, some)) for tp, some in records.items() if some}

    async def _seek_wait(self, consumer: AIOKafkaConsumer, partitions: Mapping[TP, int]) -> None:
        self.seeks.update(tp.partition for tp in partitions)
        await super()._seek_wait(consumer, partitions)

    def _end(self, tp: TP, records: Sequence[Source]) -> int:
        return int(max(self.highwater(tp) or 0, records[-1].offset + 1))


class NoReadOffsets(MutableMapping[TP, int | None]):
    """What Faust dropped as already read would be a hole. Repeats are dropped by position, so it remembers nothing."""

    def __getitem__(self, tp: TP) -> None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        pass

    def __delitem__(self, tp: TP) -> None:
        pass

    def __iter__(self) -> Iterator[TP]:
        return iter(())

    def __len__(self) -> int:
        return 0


class RecordBatchConsumer(driver.Consumer):  # type: ignore[misc]  # Faust has no types here
    """Hands on what was fetched from a partition as one message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = NoReadOffsets()
        self.owner: Owner = self.app.owner
        self.fetched_to: dict[int, int] = {}
        """By partition: the offset after the last record handed on."""

    def _new_consumer_thread(self) -> FetchThread:
        return FetchThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's signature
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        active = self._get_active_partitions()
        wanted = {tp for tp in active if self.owner.has_room(tp.partition)}
        if not wanted:
            await asyncio.sleep(_HELD_BACK_S)
            return
        # A partition that is held back now may have room before another one has records.
        fetched = await self._getmany(wanted, timeout if len(wanted) == len(active) else _HELD_BACK_S)
        # After the fetch, since waiting may span a rebalance: Faust skips messages of another generation.
        generation = self.app.consumer_generation_id
        if not fetched or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_back()
            return
        for tp, batch in fetched.items():
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return  # safe to drop: every rebalance ends in a seek
            if tp in wanted and tp in active:
                self.app.monitor.track_tp_end_offset(tp, batch.log_end)
                self.fetched_to[tp.partition] = batch.records[-1].offset + 1
                yield tp, _as_message(tp, batch, generation)

    async def seek_to(self, tp: TP, offset: int) -> int:
        """Moves the fetch position; batches that carry the number returned, or a larger one, were fetched after it."""
        await self.seek_wait({tp: offset})
        return int(self._thread.seeks[tp.partition])

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except (TimeoutError, AssertionError, driver.KafkaError) as error:
            log.warning("no seek while nothing is assigned", because=repr(error))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps are not counted: the runner answers for every offset."""

    def _new_offset(self, tp: TP) -> int | None:
        # Faust's own lists would grow for ever. Its arithmetic over them loses events, so it is never asked.
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self.owner.hint(tp.partition)

    async def verify_all_partitions_active(self) -> None:
        """Faust's warnings are often false; the watchdog judges our own progress."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        # aiokafka still sends heartbeats here, Faust would wait without a deadline, and its own signal comes too late.
        await self.owner.revoked()
        self.fetched_to.clear()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        # No heartbeat is sent until this returns: loads are tasks.
        await self.owner.assigned({tp.partition for tp in assigned})
        await super().on_partitions_assigned(assigned, generation_id)


def _as_message(tp: TP, fetched: Fetched, generation: int) -> ConsumerMessage:
    last = fetched.records[-1]
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        last.offset,
        last.received_at_ms / 1000,
        _CREATE_TIME,
        [],
        None,
        fetched,
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )


class Transport(driver.Transport):  # type: ignore[misc]  # Faust has no types here
    """Names our consumer: there is no setting for it."""

    Consumer = RecordBatchConsumer


class BatchSchema(Schema):  # type: ignore[misc]  # Faust has no types here
    """Makes an event whose value is the batch. A codec could not: it is given bytes."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Event]]:
        async def decode(message: ConsumerMessage, *, propagate: bool = False) -> Event:  # noqa: ARG001 - Faust's signature
            return app.create_event(None, message.value, {}, message)

        return decode
