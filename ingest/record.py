"""What the gateway appends, and the seam behind which it is appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

Topic = Literal["ticket-events", "dead-letters"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record to be. The account decides its partition, in both topics."""

    topic: Topic
    account: str
    key: bytes
    value: bytes
    timestamp_ms: int
    """When it was received: the log keeps it, so that a replay knows."""
    headers: tuple[tuple[str, bytes], ...] = ()


class Outcome(Enum):
    """Of an append. Only APPENDED and SPOOLED may be answered with a 2xx."""

    APPENDED = "confirmed by all in-sync replicas"
    SPOOLED = "durable on this machine, and appended when the broker is back"
    """Said by the spool alone, never by a log."""
    AWAY = "the broker did not confirm in time"
    FULL = "too much is on its way already"
    TOO_LARGE = "the broker refuses a record of this size"


DURABLE = frozenset({Outcome.APPENDED, Outcome.SPOOLED})


class Log(Protocol):
    """Durable, in so far as it says APPENDED. Anything else may or may not be in the log; sending it again is harmless."""

    async def append(self, records: Sequence[Record]) -> Outcome: ...

    def is_reachable(self) -> bool: ...

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Waits for what is on its way, with a limit."""
