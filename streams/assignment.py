"""Which partitions are ours, and a runner for each. Law: a partition is let go only after its flush is finished or dropped.

Every rebalance revokes everything. What was drained cleanly is kept until the assignment is known, and used again if,
after fencing, the committed position is still the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from streams.batch import Batch
from streams.contract import Fold
from streams.logs import Log
from streams.pools import Pools
from streams.runner import Runner, State
from streams.settings import WorkerSettings

log = Log(__name__)

_LOAD_THREADS = 4
_COMMIT_THREADS = 64


class Assignment:
    """`seek(partition, offset)` moves the consumer and numbers the seek; `failed` hears what ends a runner against its will."""

    def __init__(
        self,
        settings: WorkerSettings,
        seek: Callable[[int, int], Awaitable[int]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.runners: dict[int, Runner] = {}
        self._settings = settings
        self._seek = seek
        self._failed = failed
        self._tasks: dict[int, asyncio.Task[Fold | None]] = {}
        self._kept: dict[int, Fold] = {}
        self._last_hints: dict[int, int] = {}
        """Of partitions let go: a worker that stops still tells the group how far it came."""
        self._idle: dict[int, asyncio.Future[None]] = {}
        """Calls in threads that outlived their runner: the next one of the partition waits for them."""
        self._pools = Pools(
            loads=ThreadPoolExecutor(_LOAD_THREADS, "load"),
            commits=ThreadPoolExecutor(_COMMIT_THREADS, "commit"),
        )

    # What the transport asks.

    def offer(self, number: int, batch: Batch) -> None:
        if (runner := self.runners.get(number)) is not None:
            runner.offer(batch)

    def hint(self, number: int) -> int | None:
        """Committed position + 1, or nothing: falling back to Faust's own arithmetic, even once, loses events."""
        runner = self.runners.get(number)
        return self._last_hints.get(number) if runner is None else runner.hint

    def has_room(self, number: int) -> bool:
        runner = self.runners.get(number)
        return runner is None or runner.has_room

    async def assigned(self, numbers: Iterable[int]) -> None:
        """Starts a runner for each, which takes its partition as a task: this returns at once."""
        await self.revoked()
        self._last_hints.clear()
        kept, self._kept = self._kept, {}
        for number in sorted(numbers):
            runner = Runner(number, self._settings, self._pools, self._seek, kept.get(number), self._idle.pop(number, None))
            task = asyncio.create_task(runner.run(), name=f"partition {number}")
            task.add_done_callback(self._ended)
            self.runners[number], self._tasks[number] = runner, task
        log.info("assigned", partitions=sorted(self.runners))

    async def revoked(self) -> None:
        """Drains all partitions, within the deadline."""
        runners, self.runners = self.runners, {}
        tasks, self._tasks = self._tasks, {}
        if not runners:
            return
        for number, runner in runners.items():
            loading = runner.state in (State.QUEUED, State.LOADING)
            runner.let_go()
            if loading:
                # Its thread ends at the next slice; nobody need wait for that.
                tasks[number].cancel()
        # 8. Finish the flush, or drop it.
        done, late = await asyncio.wait(tasks.values(), timeout=self._settings.deadlines.drain_s)
        for task in late:
            task.cancel()
        for number, runner in runners.items():
            task = tasks[number]
            if task in done and not task.cancelled() and task.exception() is None:
                if (fold := task.result()) is not None:
                    self._kept[number] = fold
                    self._last_hints[number] = runner.committed + 1
            else:
                runner.abandon()
            if runner.idle is not None and not runner.idle.done():
                self._idle[number] = runner.idle
        # 9. Only then let go: the caller goes on with the rebalance. 10. State that does not come back is dropped then.
        log.info(
            "let go",
            partitions=sorted(runners),
            kept=sorted(self._kept),
            dropped=sorted(n for n in runners if n not in self._kept),
        )

    def _ended(self, task: asyncio.Task[Fold | None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
