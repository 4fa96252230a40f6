"""One partition, from batches to committed flushes. Law: what is acked is committed, and nothing is folded while a flush is in doubt.

It lives as one task on the event loop; the fold runs there in slices, everything that blocks runs in threads.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TypeVar

from streams.batch import Batch, HoleError
from streams.continuity import Follows, Jump, Repeat, place, slices
from streams.contract import Fold
from streams.faults import FoldDiedError, JumpError
from streams.flush import FlushPolicy
from streams.logs import Log
from streams.pools import Pools, settled
from streams.producer import Outcome
from streams.settings import WorkerSettings
from streams.take import Taken, take

log = Log(__name__)
T = TypeVar("T")


class State(StrEnum):
    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    FLUSHING = "flushing"
    DRAINING = "draining"
    FENCED = "fenced"
    GONE = "gone"


class Runner:
    """Takes a partition when started, folds what is offered, lets go when drained."""

    def __init__(
        self,
        number: int,
        settings: WorkerSettings,
        pools: Pools,
        seek: Callable[[int, int], Awaitable[int]],
        kept: Fold | None,
        before: asyncio.Future[None] | None,
    ) -> None:
        self.number = number
        self.state = State.QUEUED
        self.fold: Fold | None = None
        self.committed = -1
        """The last offset that a committed transaction covers, -1 until the load says more."""
        self.log_end = 0
        self.seeks = 0
        """The number of its last seek."""
        self.read = 0
        """State records read by the load: its progress."""
        self.fenced_at_s: float | None = None
        self.idle = before
        """The call in a thread that is not over yet, be it one of an earlier runner."""
        self._settings = settings
        self._pools = pools
        self._seek = seek
        self._kept = kept
        self._before = before
        self._cancelled = threading.Event()
        self._letting_go = False
        self._taken: Taken | None = None
        self._queue: deque[Batch] = deque()
        self._wake = asyncio.Event()
        self._unacked: deque[Batch] = deque()
        self._opened_at_ms = 0
        self._sought_at: int | None = None

    # Asked from outside, on the event loop.

    @property
    def has_room(self) -> bool:
        return len(self._queue) < self._settings.queued_batches

    @property
    def has_batches(self) -> bool:
        return bool(self._queue)

    @property
    def has_work(self) -> bool:
        """Batches wait, or what was folded is not committed."""
        return bool(self._queue) or (self.fold is not None and self.fold.position > self.committed)

    @property
    def hint(self) -> int | None:
        """What the group may commit: the offset after the committed position, or nothing."""
        if self.fold is None or self.committed < 0 or self.state in (State.FENCED, State.GONE):
            return None
        return self.committed + 1

    @property
    def aborted(self) -> int:
        """Flushes that were refused and sent again."""
        return 0 if self._taken is None else self._taken.producer.aborted

    def offer(self, batch: Batch) -> None:
        """Hands a batch over; one that comes when the partition is being let go is dropped, its next owner reads it again."""
        self.log_end = max(self.log_end, batch.fetched.log_end)
        if not self._letting_go:
            self._queue.append(batch)
            self._wake.set()

    def let_go(self) -> None:
        """Asks it to end: a load at once, a runner after the flush of what it folded."""
        self._letting_go = True
        self._cancelled.set()
        self._wake.set()

    def abandon(self) -> None:
        """Ends what a thread still does, as soon as that can be."""
        self._cancelled.set()
        if self._taken is not None:
            self._taken.producer.abandon()
        self.state = State.GONE

    # The task.

    async def run(self) -> Fold | None:
        """Until let go. What it returns is the state exactly as committed, to be kept; None if there is none."""
        taken = await self._take()
        if taken is None:
            self.state = State.GONE
            return None
        await self._sought(taken.fold.position)
        self.state = State.RUNNING
        while not self._letting_go and self.state is not State.FENCED:
            await self._turn(taken)
        if self.state is State.FENCED:
            await self._until_let_go()
            return None
        # 8. Finish the flush; whoever drains us drops it at the deadline.
        self.state = State.DRAINING
        self._settings.crash_points.reached("during_drain")
        await self._flush(taken)
        kept = taken.fold if self.state is not State.FENCED else None
        self.state = State.GONE
        return kept

    async def _take(self) -> Taken | None:
        if self._before is not None:
            # An older call of ours that still fences would fence us; cancelled here, the next runner waits for it.
            await asyncio.shield(self._before)
        started_s = time.monotonic()
        taken = await self._in(self._pools.loads, self._load)
        if taken is not None:
            self._taken, self.fold = taken, taken.fold
            self.committed = taken.fold.position
            self.log_end = max(self.log_end, taken.log_end)
            log.info(
                "taken",
                partition=self.number,
                position=taken.fold.position,
                epoch=taken.fold.epoch,
                log_end=taken.log_end,
                read=self.read,
                loaded=taken.loaded,
                took_ms=int((time.monotonic() - started_s) * 1000),
            )
        return taken

    def _load(self) -> Taken | None:
        """In a thread, when one is free: until then nothing is read, and nothing hangs."""
        if self._cancelled.is_set():
            return None
        self.state = State.LOADING
        return take(self._settings, self.number, self._kept, self._cancelled, self._count)

    async def _turn(self, taken: Taken) -> None:
        if not self._queue:
            await self._wait(taken.fold)
        if self._queue and not self._letting_go:
            await self._receive(taken, self._queue.popleft())
        if self._is_due(taken.fold):
            await self._flush(taken)

    async def _wait(self, fold: Fold) -> None:
        """Until a batch comes, or the flush of what was folded is due."""
        self._wake.clear()
        wait_s = None
        if fold.position > self.committed:
            wait_s = self._policy(fold).wait_ms(self._opened_at_ms, _now_ms()) / 1000
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _receive(self, taken: Taken, batch: Batch) -> None:
        fold = taken.fold
        first, last, count = batch.first, batch.last, len(batch.fetched.records)
        if last - first + 1 != count:
            raise HoleError(self.number, first, last, count)
        match place(fold.position, first, last):
            case Repeat():
                self._unacked.append(batch)
                await self._ack()
            case Follows(skip):
                self._sought_at = None
                await self._fold(taken, batch, skip)
            case Jump(missing):
                await self._seek_back(fold.position, missing, batch)

    async def _seek_back(self, position: int, missing: int, batch: Batch) -> None:
        if batch.fetched.seeks < self.seeks:
            return  # fetched before we sought: what follows the position is on its way
        if self._sought_at == position:
            raise JumpError(self.number, position, missing)
        log.warning("jump, seeking back", partition=self.number, position=position, missing=missing)
        self._sought_at = position
        await self._sought(position)

    async def _sought(self, position: int) -> None:
        self.seeks = await self._seek(self.number, position + 1)

    async def _fold(self, taken: Taken, batch: Batch, skip: int) -> None:
        fold = taken.fold
        most = self._policy(fold).max_results
        for turn in slices(batch.first + skip, len(batch.fetched.records) - skip, self._settings.slice_records, fold.suspects):
            if turn.flush_before or fold.pending >= most:
                await self._flush(taken)
            if self._letting_go or self.state is State.FENCED:
                return
            try:
                # 4. and 5. Decode and fold: nobody outside has seen anything.
                fold.fold(batch.sources(skip + turn.start, skip + turn.stop))
            except Exception as error:
                # Whatever it is, it is our bug, and the state in memory is suspect.
                await self._die(taken, error)
            await asyncio.sleep(0)
        self._unacked.append(batch)

    async def _die(self, taken: Taken, error: Exception) -> None:
        """Abandons what is unflushed, says at which offset, and ends the process."""
        offset = taken.fold.folding
        log.fault("fold died", cause=error, partition=self.number, offset=offset)
        await self._in(self._pools.commits, lambda: taken.producer.commit(taken.fold.died_at(offset)))
        raise FoldDiedError(self.number, offset) from error

    def _is_due(self, fold: Fold) -> bool:
        if fold.position <= self.committed:
            return False
        return self._policy(fold).is_due(fold.pending, self._opened_at_ms, _now_ms())

    def _policy(self, fold: Fold) -> FlushPolicy:
        return self._settings.flush.of(self.log_end - fold.position - 1)

    async def _flush(self, taken: Taken) -> None:
        """Everything folded becomes visible at once, or nothing does. Nothing is folded meanwhile."""
        results, position = taken.fold.results(), taken.fold.position
        if not results:
            return
        self._opened_at_ms = _now_ms()
        self._settings.crash_points.reached("after_fold")
        before, self.state = self.state, State.FLUSHING
        # 6. Commit: all or nothing for committed readers.
        outcome = await self._in(self._pools.commits, lambda: taken.producer.commit(results))
        if outcome is not Outcome.COMMITTED:
            self.state, self.fenced_at_s = State.FENCED, time.monotonic()
            return
        self.state, self.committed = before, position
        self._settings.crash_points.reached("before_ack")
        # 7. Ack: the group's offset follows as a hint.
        await self._ack()

    async def _ack(self) -> None:
        while self._unacked and self._unacked[0].last <= self.committed:
            await self._unacked.popleft().ack()

    async def _until_let_go(self) -> None:
        self._queue.clear()
        while not self._letting_go:
            self._wake.clear()
            await self._wake.wait()
        self.state = State.GONE

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        """In a thread; when this task is cancelled the call goes on, and `idle` tells when it is over."""
        running = asyncio.get_running_loop().run_in_executor(pool, call)
        self.idle = asyncio.ensure_future(settled(running))
        return await asyncio.shield(running)

    def _count(self, records: int) -> None:
        self.read += records


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
