"""Everything a worker is told, frozen. Whoever starts it fills this in; nothing here reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.contract import FoldFactory
from streams.crash_points import CrashPoints, NoCrash
from streams.flush import FlushPolicies

SLICE_RECORDS = 4_000


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds after which waiting is over."""

    drain_s: float = 5.0
    """All workers stand still in a rebalance until this one let go."""
    flush_s: float = 60.0
    load_s: float = 60.0
    """Without a single record."""
    shutdown_s: float = 15.0
    stuck_fetch_s: float = 30.0
    stuck_position_s: float = 90.0
    """Above `flush_s`: a flush in doubt is not stuck."""
    stuck_rebalance_s: float = 150.0


def _first_epoch(_log_id: str) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    bootstrap: str
    fold_factory: FoldFactory
    clock_ms: Callable[[], int]
    """The one clock that gateway, ticks and demo share."""
    prefix: str = ""
    app_id: str = "deskpulse"
    """The consumer group, and the beginning of every transactional id."""
    instance_id: str | None = None
    """Stable for this worker: its partitions come back to it after a restart, without a rebalance."""
    session_timeout_s: float = 10.0
    security: Mapping[str, str] = field(default_factory=dict)
    """librdkafka's names; both clients follow them."""
    status_file: Path | None = None
    status_every_ms: int = 1_000
    crash_points: CrashPoints = field(default_factory=NoCrash)
    least_epoch: Callable[[str], int] = _first_epoch
    """Of a log id: above every epoch that the database holds rows of, if they are of another log."""
    flush: FlushPolicies = field(default_factory=FlushPolicies)
    deadlines: Deadlines = field(default_factory=Deadlines)
    slice_records: int = SLICE_RECORDS
    """Folded in one turn, account by account: the more, the less does each cost. Heartbeats wait for it, some 150 ms."""
    queued_batches: int = 4
    """A partition's batches that wait for its runner; beyond it, they stay with the broker."""
    fetch_bytes: int = 1 << 20
    tick_every_ms: int = 100

    def topic(self, name: str) -> str:
        """The broker's name of a declared topic."""
        return self.prefix + name

    def transactional_id(self, partition: int) -> str:
        return f"{self.app_id}-{self.topic('ticket-events')}-{partition}"

    def client(self) -> dict[str, Any]:
        """Connection settings of librdkafka."""
        return {"bootstrap.servers": self.bootstrap, **self.security}
