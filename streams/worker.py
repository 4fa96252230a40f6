"""Runs a fold worker in this process: from the settings until it is told to stop, or must."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

from aiokafka.errors import IllegalStateError
from confluent_kafka import KafkaException
from faust.types import TP

from streams import logs, status
from streams.app import FoldApp, create_app
from streams.assignment import Assignment
from streams.batch import HoleError
from streams.collector import collect_rarely
from streams.epoch import LogEndsEarlyError, LogStartsLateError
from streams.exits import Exit
from streams.faults import JumpError, NewerSchemaError, StateAheadError
from streams.load import LoadError
from streams.log_identity import TopicMissingError, identify
from streams.producer import OverdueError
from streams.settings import WorkerSettings
from streams.ticks import Ticker
from streams.watchdog import Watchdog

log = logs.Log(__name__)

_REFUSED = (LogEndsEarlyError, LogStartsLateError, StateAheadError, NewerSchemaError, JumpError, HoleError, TopicMissingError)
_AGAIN = (OverdueError, LoadError, KafkaException)


def run(settings: WorkerSettings) -> NoReturn:
    """Ends the process, always: threads of a client that hangs must not keep it."""
    logs.to_stderr()
    collect_rarely()
    code = Exit.BUG
    try:
        code = asyncio.run(_Worker(settings).run())
    except Exception as error:  # the process' main: whatever it is ends it
        log.fault("worker died", cause=error)
    _end(code)


def _end(code: Exit) -> NoReturn:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class _Worker:
    """The composition of the shell, on one event loop."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._over: asyncio.Future[Exit]
        self._app: FoldApp
        self._assignment: Assignment
        self._watchdog: Watchdog

    async def run(self) -> Exit:
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._finish, Exit.STOPPED)
        self._app = create_app(self._settings)
        self._assignment = self._app.owner = Assignment(self._settings, self._seek, self._failed)
        self._watchdog = Watchdog(
            self._settings,
            runners=lambda: list(self._assignment.runners.values()),
            fetched_to=lambda: dict(self._app.consumer.fetched_to),
            is_rebalancing=lambda: bool(self._app.rebalancing),
        )
        log.info("starting", group=self._settings.app_id, instance=self._settings.instance_id, pid=os.getpid())
        beats = asyncio.create_task(self._beat())
        beats.add_done_callback(self._beat_ended)
        started = asyncio.create_task(self._start())
        code = await self._over
        log.info("stopping", code=code.name)
        # Whatever hangs from here on, the process ends.
        hard_exit = threading.Timer(self._settings.deadlines.shutdown_s, _end, (code,))
        hard_exit.daemon = True
        hard_exit.start()
        self._watchdog.stop()
        await self._assignment.revoked()
        await self._stop(started)
        beats.cancel()
        log.info("stopped", code=code.name)
        return code

    async def _start(self) -> None:
        """Until the app stops: by itself it does so only when it crashed."""
        try:
            # A subscription to a topic that does not exist would wait for it in silence.
            await asyncio.to_thread(
                identify, self._settings.client(), self._settings.topic("ticket-events"), self._settings.deadlines.load_s
            )
            await self._app.start()
            self._watchdog.start()
            await self._app.wait_until_stopped()
        except TopicMissingError as error:
            self._failed(error)
        except Exception as error:  # Faust's own, or a client's: the broker is away, most of the time
            log.fault("app died", cause=error)
        self._finish(Exit.AGAIN)

    async def _stop(self, started: asyncio.Task[None]) -> None:
        # The last hint, so that less is read again; then the group.
        with suppress(Exception):  # a hint is never worth an error
            async with asyncio.timeout(1.0):
                await self._app.consumer.commit()
        started.cancel()
        with suppress(Exception):  # the same: everything that matters is committed
            async with asyncio.timeout(self._settings.deadlines.drain_s):
                await self._app.stop()

    def _finish(self, code: Exit) -> None:
        if not self._over.done():
            self._over.set_result(code)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, _REFUSED):
            log.fault("refused", because=str(error))
            self._finish(Exit.REFUSED)
        else:
            log.fault("runner died", cause=error)
            self._finish(Exit.AGAIN if isinstance(error, _AGAIN) else Exit.BUG)

    def _beat_ended(self, beats: asyncio.Task[None]) -> None:
        """Without it no time would pass in the log, and nobody would notice."""
        if not beats.cancelled() and (error := beats.exception()) is not None:
            self._failed(error)

    async def _seek(self, partition: int, offset: int) -> int:
        try:
            return int(await self._app.consumer.seek_to(self._tp(partition), offset))
        except IllegalStateError:
            # No longer assigned: whoever seeks is about to be let go.
            log.warning("no seek in a partition that has gone", partition=partition)
            return 0

    def _tp(self, partition: int) -> TP:
        return TP(self._settings.topic("ticket-events"), partition)

    async def _beat(self) -> None:
        """Ticks, and once a second the status."""
        ticker = Ticker(self._settings.client(), self._settings.topic("ticket-events"), self._settings.crash_points)
        written_s = 0.0
        while True:
            await asyncio.sleep(self._settings.tick_every_ms / 1000)
            now_s = self._watchdog.beat_s = time.monotonic()
            runners = list(self._assignment.runners.values())
            if not self._app.rebalancing:
                ticker.look(runners, self._highwaters(), self._settings.clock_ms())
            if (now_s - written_s) * 1000 >= self._settings.status_every_ms and self._settings.status_file is not None:
                written_s = now_s
                status.write(self._settings.status_file, self._status())

    def _highwaters(self) -> dict[int, int]:
        """By partition: the log's end as of the last fetch."""
        consumer = self._app.consumer
        ends = {number: consumer.highwater(self._tp(number)) for number in self._assignment.runners}
        return {number: end for number, end in ends.items() if end is not None}

    def _status(self) -> status.WorkerStatus:
        return status.WorkerStatus(
            pid=os.getpid(),
            group=self._settings.app_id,
            instance=self._settings.instance_id,
            at_ms=time.time_ns() // 1_000_000,
            clock_ms=self._settings.clock_ms(),
            rebalancing=bool(self._app.rebalancing),
            partitions=status.partition_statuses(self._assignment.runners.values(), self._watchdog.log_ends),
        )
