"""Taking a partition, in the order that makes it safe: fence, then load, then check. Blocking: call it from a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from streams.contract import Fold
from streams.epoch import Log, NewLog, SameLog, decide
from streams.load import StateReader
from streams.log_identity import identify
from streams.producer import Outcome, PartitionProducer
from streams.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Taken:
    """A partition that is ours, its state exactly the position's."""

    fold: Fold
    producer: PartitionProducer
    log_end: int
    loaded: bool
    """False: what memory held was still the latest."""


def take(
    settings: WorkerSettings,
    partition: int,
    kept: Fold | None,
    cancelled: threading.Event,
    read: Callable[[int], None],
) -> Taken | None:
    """None if it was cancelled on the way. `kept` is what memory holds from before, exactly as it was committed."""
    client = settings.client()
    producer = PartitionProducer(
        client,
        settings.transactional_id(partition),
        partition,
        settings.prefix,
        settings.deadlines.flush_s,
        settings.crash_points,
    )
    # 1. Fence: no older owner can commit from here on, and its unfinished transaction is decided.
    if producer.fence() is not Outcome.COMMITTED or cancelled.is_set():
        return None
    reader = StateReader(client, settings.prefix, partition, cancelled, settings.deadlines.load_s)
    try:
        log_id, partitions = identify(client, settings.topic("ticket-events"), settings.deadlines.load_s)
        # 2. Load: the state is exactly the position's, unless memory holds it already.
        fold = kept if kept is not None and _is_latest(kept, reader) else None
        loaded = fold is None
        if fold is None:
            fold = settings.fold_factory(partition, partitions)
            if not reader.restore(fold, read, settings.crash_points):
                return None
        # 3. Check: the log is the one that was folded, and still holds all that was not.
        start, end = reader.log_bounds()
    finally:
        reader.close()
    log = Log(log_id, start, end)
    least_epoch = settings.least_epoch(log_id) if log_id != fold.log_id else 0
    match decide(partition, fold.position, fold.epoch, fold.log_id, log, least_epoch):
        case NewLog(epoch, position):
            fold.begin(epoch, log_id)
            fold.position = position
        case SameLog():
            pass
    return Taken(fold, producer, end, loaded)


def _is_latest(kept: Fold, reader: StateReader) -> bool:
    last = reader.last_position()
    return last is not None and (last.epoch, last.log_id, last.offset) == (kept.epoch, kept.log_id, kept.position)
