"""Spools for tests: filled while the log is away, and emptied into one that is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ingest.counters import Counters
from ingest.record import Outcome, Record
from ingest.settings import SpoolSettings
from ingest.spool.shelter import Shelter
from tests.doors import NOW_MS, RecordingLog, RefusingLog

GONE = RefusingLog(Outcome.AWAY)


def record(number: int, account: str = "acme", size: int = 0) -> Record:
    return Record("ticket-events", account, account.encode(), b"%d" % number + b" " * size, NOW_MS + number)


@asynccontextmanager
async def opened(
    folder: Path, log: RecordingLog = GONE, counters: Counters | None = None, most_bytes: int = 1 << 20
) -> AsyncIterator[Shelter]:
    shelter = Shelter(SpoolSettings(folder, most_bytes, drain_records=3), log, counters or Counters())
    await shelter.open()
    try:
        yield shelter
    finally:
        await shelter.close()


def keep_all(folder: Path, *records: Record) -> None:
    async def keep() -> None:
        async with opened(folder) as shelter:
            for one in records:
                assert await shelter.append([one]) is Outcome.SPOOLED

    asyncio.run(keep())


def drained(folder: Path, log: RecordingLog, counters: Counters | None = None) -> list[Record]:
    async def drain() -> None:
        async with opened(folder, log, counters) as shelter:
            await emptied(shelter)

    asyncio.run(drain())
    return log.records


async def emptied(shelter: Shelter) -> None:
    async with asyncio.timeout(10):
        while shelter.spool.ledger.records:  # noqa: ASYNC110 - nobody sets an event
            await asyncio.sleep(0.01)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))
