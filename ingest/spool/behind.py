"""To the log where it can be, else to the spool, and never past what is older.

Law: once a delivery of an account was given to the spool, every later one of that account goes behind it, until the log has been
handed the last of them. Deliveries still on their way to the log are older than the next one, so they are given to the spool before it:
they may be in the log as well, under the same ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ingest.record import Log, Outcome, Record
from ingest.spool.spool import Spool

_UNCONFIRMED = frozenset({Outcome.AWAY, Outcome.FULL})


class _Direct:
    """On its way to the log."""

    __slots__ = ("appending", "kept", "records")

    def __init__(self, records: Sequence[Record], log: Log) -> None:
        self.records = records
        self.appending = asyncio.ensure_future(log.append(records))
        self.kept: asyncio.Future[asyncio.Future[Outcome]] = asyncio.get_running_loop().create_future()
        """The spool's answer to come, if it was given to the spool."""

    def is_in_the_log(self) -> bool:
        return self.appending.done() and self.appending.result() is Outcome.APPENDED


class Behind:
    """For deliveries that nobody sends again. Belongs to one event loop."""

    def __init__(self, log: Log, spool: Spool) -> None:
        self._log = log
        self._spool = spool
        self._direct: dict[str, dict[_Direct, None]] = {}
        """By account, in the order in which they came."""

    async def append(self, records: Sequence[Record]) -> Outcome:
        """All of one account. APPENDED or SPOOLED: they will be in the log, whatever dies."""
        account = records[0].account
        if self._spool.ledger.holds(account) or not self._log.is_reachable():
            self._divert(account)
            return await self._spool.keep(records)
        direct = _Direct(records, self._log)
        under_way = self._direct.setdefault(account, {})
        under_way[direct] = None
        try:
            await asyncio.wait((direct.appending, direct.kept), return_when=asyncio.FIRST_COMPLETED)
            if not direct.kept.done():
                if (outcome := direct.appending.result()) not in _UNCONFIRMED:
                    return outcome
                self._divert(account)
            return await direct.kept.result()
        finally:
            under_way.pop(direct, None)
            if not under_way and self._direct.get(account) is under_way:
                del self._direct[account]

    def _divert(self, account: str) -> None:
        """What is on its way to the log and not known to be there, in its order."""
        for direct in self._direct.pop(account, ()):
            if not direct.is_in_the_log():
                direct.kept.set_result(self._spool.keep(direct.records))
