"""Keeps records on disk until the broker has them: bounded, durable before it says so, in the order in which it is given them.

All disk work happens on one thread. Whatever was given while it wrote is written with one sync.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from ingest.counters import Counters
from ingest.record import Outcome, Record
from ingest.settings import SpoolSettings
from ingest.spool import frames
from ingest.spool.disk import Disk, Found
from ingest.spool.errors import SpoolError
from ingest.spool.ledger import Ledger
from ingest.spool.level import Level
from ingest.spool.steps import Reached, nowhere

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Given:
    records: Sequence[Record]
    frames: bytes
    answer: asyncio.Future[Outcome]


class Spool:
    """Belongs to one event loop. A folder that is of no use is no reason not to serve: it is tried again with every delivery."""

    def __init__(self, settings: SpoolSettings, counters: Counters, reached: Reached = nowhere) -> None:
        """Takes the folder, and knows what is in it. Raises SpoolError where it is somebody else's."""
        self.ledger = Ledger()
        self._settings = settings
        self._counters = counters
        self._disk = Disk(settings.folder, settings.segment_bytes, reached)
        self._thread = ThreadPoolExecutor(1, "spool")
        self._given: list[_Given] = []
        self._something = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._problem = ""
        self._closing = False
        try:
            self._open_disk()
        except OSError as error:
            self._failed(error)

    async def open(self) -> None:
        self._writer = asyncio.create_task(self._write())

    def level(self, now_ms: int) -> Level:
        oldest_ms = self.ledger.oldest_ms
        age_s = 0 if oldest_ms is None else max(0, now_ms - oldest_ms) // 1000
        return Level(self.ledger.records, self.ledger.bytes, self._settings.most_bytes, age_s, self._problem)

    def keep(self, records: Sequence[Record]) -> asyncio.Future[Outcome]:
        """SPOOLED once they are durable, FULL or AWAY if they will not be. They have their place from this call on."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        data = b"".join(map(frames.encode, records))
        if self._closing:
            answer.set_result(Outcome.AWAY)
        elif self.ledger.bytes + len(data) > self._settings.most_bytes:
            self._is_full()
            answer.set_result(Outcome.FULL)
        else:
            self.ledger.promised(records, len(data))
            self._given.append(_Given(records, data, answer))
            self._something.set()
        return answer

    async def read(self, number: int) -> list[Record]:
        read = await self._on_disk(self._disk.read, number)
        if (missing := self.ledger.bytes_of(number) - read.good_bytes) > 0:
            self._cut(number, missing, len(read.records))
        return read.records

    async def set_aside(self, record: Record) -> None:
        """The broker takes no record of this size."""
        frame = frames.encode(record)
        path = await self._on_disk(self._disk.set_aside, frame)
        self.ledger.set_aside_bytes += len(frame)
        self._counters.add("deskpulse_gateway_spool_set_aside_total")
        log.error(
            "spool_set_aside topic=%s bytes=%d file=%s: the broker takes no record of this size. Raise max.message.bytes of that topic, "
            "stop the gateway, rename the file to %s and start it again",
            record.topic,
            len(record.value),
            path,
            self._disk.name_before_all,
        )

    async def delete(self, number: int) -> None:
        """Its records are in the log, so a file that cannot be deleted is no reason to append it again while this process lives."""
        try:
            await self._on_disk(self._disk.delete, number)
        except OSError as error:
            log.warning("spool_left segment=%d: %s. All of it is in the log; the next start appends it once more", number, error)
        self.ledger.deleted(number)
        if self._problem == "full":
            self._is_well()

    async def close(self) -> None:
        """What was given is written first."""
        self._closing = True
        self._something.set()
        if self._writer is not None:
            await self._writer
        await self._on_disk(self._disk.close)
        self._thread.shutdown()

    async def _write(self) -> None:
        while self._given or not self._closing:
            await self._something.wait()
            self._something.clear()
            while given := self._next():
                await self._write_all(given)

    def _next(self) -> list[_Given]:
        """About a segment's worth."""
        size = taken = 0
        for one in self._given:
            if size >= self._settings.segment_bytes:
                break
            size += len(one.frames)
            taken += 1
        given, self._given = self._given[:taken], self._given[taken:]
        return given

    async def _write_all(self, given: list[_Given]) -> None:
        try:
            if not self._disk.is_open:
                await self._on_disk(self._open_disk)
            number = await self._on_disk(self._disk.write, b"".join(one.frames for one in given))
        except (OSError, SpoolError) as error:
            self._failed(error)
            self._counters.add("deskpulse_gateway_spool_refused_total", len(given), reason="disk")
            for one in given:
                self.ledger.dropped(one.records, len(one.frames))
                _settle(one.answer, Outcome.AWAY)
            return
        if self._problem not in {"", "full"}:
            self._is_well()
        for one in given:
            self.ledger.written(number, one.records, len(one.frames))
            _settle(one.answer, Outcome.SPOOLED)

    def _open_disk(self) -> None:
        self.ledger.set_aside_bytes = self._disk.open(self._found)

    def _found(self, found: Found) -> None:
        if found.cut_bytes:
            self._cut(found.number, found.cut_bytes, len(found.records))
        if found.records:
            self.ledger.found(found.number, found.records, found.bytes)
            log.info("spool_found segment=%d records=%d bytes=%d", found.number, len(found.records), found.bytes)

    def _cut(self, number: int, size: int, after: int) -> None:
        self._counters.add("deskpulse_gateway_spool_cut_bytes_total", size)
        log.warning(
            "spool_cut segment=%d bytes=%d after_records=%d: torn when a gateway died in mid-write, or damaged since",
            number,
            size,
            after,
        )

    def _is_full(self) -> None:
        self._counters.add("deskpulse_gateway_spool_refused_total", reason="full")
        if self._problem != "full":
            self._problem = "full"
            log.error(
                "spool_full bytes=%d limit=%d: deliveries that nobody sends again are lost from now on. Bring the broker back, or "
                "raise gateway.spool_bytes and start the gateway again",
                self.ledger.bytes,
                self._settings.most_bytes,
            )

    def _failed(self, error: OSError | SpoolError) -> None:
        name = errno.errorcode.get(error.errno or 0, "EIO") if isinstance(error, OSError) else "taken"
        if self._problem != name:
            self._problem = name
            log.error(
                "spool_failed error=%s folder=%s: %s. Deliveries that nobody sends again are answered with 503 while the broker is "
                "away. Free space on that disk, let this user write to that folder, or set gateway.spool to another one",
                name,
                self._settings.folder,
                error,
            )

    def _is_well(self) -> None:
        log.info("spool_well after=%s", self._problem)
        self._problem = ""

    async def _on_disk(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **more))


def _settle(answer: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answer.done():
        answer.set_result(outcome)
