"""Empties a spool into the log, oldest first, and deletes a segment once the log has confirmed all of it.

A crash before the deletion gives the whole segment once more: the same bytes under the same ids, which the fold counts once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ingest.counters import Counters
from ingest.record import Log, Outcome, Record
from ingest.spool.frames import UnknownFrameError
from ingest.spool.spool import Spool
from ingest.spool.steps import Reached, nowhere

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Between two looks whether something waits and the broker is there."""
AGAIN_S = 1.0
"""After a fault of the disk."""


class Drain:
    def __init__(self, spool: Spool, into: Log, counters: Counters, records_at_once: int, reached: Reached = nowhere) -> None:
        self._spool = spool
        self._log = into
        self._counters = counters
        self._at_once = records_at_once
        self._reached = reached

    async def run(self) -> None:
        """Until it is cancelled, at any moment."""
        while True:
            number = self._spool.ledger.oldest()
            if number is None or not self._log.is_reachable():
                await asyncio.sleep(LOOK_S)
                continue
            try:
                await self._empty(number)
            except (OSError, UnknownFrameError) as error:
                log.warning(
                    "spool_unreadable segment=%d: %s. It is tried again; the newer segments wait behind it", number, error
                )
                await asyncio.sleep(AGAIN_S)

    async def _empty(self, number: int) -> None:
        records = await self._spool.read(number)
        for start in range(0, len(records), self._at_once):
            await self._append(number, records[start : start + self._at_once])
        self._reached("before_delete")
        await self._spool.delete(number)
        if self._spool.ledger.oldest() is None:
            log.info("spool_empty")

    async def _append(self, number: int, records: Sequence[Record]) -> None:
        """Returns when the log has all of them."""
        while (outcome := await self._hand(number, records)) is not Outcome.APPENDED:
            if outcome is Outcome.TOO_LARGE:
                await self._apart(number, records)
                return
            await asyncio.sleep(LOOK_S)
            while not self._log.is_reachable():  # noqa: ASYNC110 - the log tells nobody
                await asyncio.sleep(LOOK_S)
        self._counters.add("deskpulse_gateway_spool_drained_total", len(records))

    async def _apart(self, number: int, records: Sequence[Record]) -> None:
        """One of them is more than the broker takes; it may not hold up the rest, and was answered, so it is kept."""
        if len(records) > 1:
            for record in records:
                await self._append(number, [record])
            return
        self._spool.ledger.handed(number, records)
        while True:
            try:
                await self._spool.set_aside(records[0])
            except OSError as error:
                log.warning(
                    "spool_stuck segment=%d: a record that the broker does not take cannot be set aside: %s", number, error
                )
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _hand(self, number: int, records: Sequence[Record]) -> Outcome:
        self._reached("during_drain")
        # In one step of the loop: from here on the log has the order, and what is newer may be given to it as well.
        self._spool.ledger.handed(number, records)
        outcome = await self._log.append(records)
        if outcome is not Outcome.APPENDED:
            self._spool.ledger.taken_back(number, records)
        return outcome
