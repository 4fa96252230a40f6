"""The spool, its way in and its way out, as the gateway has them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from ingest.counters import Counters
from ingest.record import Log, Outcome, Record
from ingest.settings import SpoolSettings
from ingest.spool.behind import Behind
from ingest.spool.drain import Drain
from ingest.spool.spool import Spool
from ingest.spool.steps import Reached, nowhere


class Shelter:
    """Open from `open` to `close`; its folder is taken from the beginning. Raises SpoolError where it is somebody else's."""

    def __init__(self, settings: SpoolSettings, log: Log, counters: Counters, reached: Reached = nowhere) -> None:
        self.spool = Spool(settings, counters, reached)
        self._behind = Behind(log, self.spool)
        self._drain = Drain(self.spool, log, counters, settings.drain_records, reached)
        self._draining: asyncio.Task[None] | None = None

    async def append(self, records: Sequence[Record]) -> Outcome:
        """What nobody sends again: APPENDED, or SPOOLED and appended later, or neither."""
        return await self._behind.append(records)

    async def open(self) -> None:
        await self.spool.open()
        self._draining = asyncio.create_task(self._drain.run())

    async def close(self) -> None:
        """What is not in the log yet stays on disk."""
        if self._draining is not None:
            self._draining.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._draining
        await self.spool.close()
