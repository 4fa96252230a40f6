"""What a worker says about itself every second, in a file: whole at any time, and old when the worker hangs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, json

from streams.runner import Runner


class PartitionStatus(Struct, frozen=True):
    partition: int
    state: str
    position: int
    """Committed; -1 for nothing, or while it loads."""
    log_end: int | None
    """The offset after the last record; None until the broker has said so."""
    lag: int | None
    clock_ms: int | None
    tick_ms: int | None
    due_at_ms: int | None
    pending: int
    aborted: int
    """Flushes that were refused and sent again."""


class WorkerStatus(Struct, frozen=True):
    pid: int
    group: str
    instance: str | None
    at_ms: int
    """The wall, when this was written."""
    clock_ms: int
    """The injected clock."""
    rebalancing: bool
    partitions: tuple[PartitionStatus, ...]


def partition_status(runner: Runner, log_end: int | None) -> PartitionStatus:
    fold = runner.fold
    return PartitionStatus(
        partition=runner.number,
        state=str(runner.state),
        position=runner.committed,
        log_end=log_end,
        lag=None if log_end is None or fold is None else max(0, log_end - runner.committed - 1),
        clock_ms=None if fold is None else fold.clock_ms,
        tick_ms=None if fold is None else fold.tick_ms,
        due_at_ms=None if fold is None else fold.due_at_ms(),
        pending=0 if fold is None else fold.pending,
        aborted=runner.aborted,
    )


def partition_statuses(runners: Iterable[Runner], log_ends: Mapping[int, int]) -> tuple[PartitionStatus, ...]:
    return tuple(partition_status(runner, log_ends.get(runner.number)) for runner in runners)


def write(file: Path, status: WorkerStatus) -> None:
    """Replaces the file in one step, so that no reader sees half of it."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(json.encode(status))
    fresh.replace(file)


def read(file: Path) -> WorkerStatus:
    return json.decode(file.read_bytes(), type=WorkerStatus)
