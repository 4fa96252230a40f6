"""Where the pure fold spends its time: a sampling profile of one partition, by function."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bench.stored_log import StoredLog
from streams.flush import FlushPolicies
from streams.partition import Partition
from streams.results import Source
from streams.settings import SLICE_RECORDS

_EVERY_S = 0.001
_FLUSH = FlushPolicies().behind.max_results
_SHOWN = 12
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Spot:
    function: str
    share: float
    """Of samples in which it was the innermost function in Python; what it calls in C counts as its own."""


def hottest(log: StoredLog, at_most: int) -> tuple[Spot, ...]:
    """Fold, and take results as a flush does, one partition's records among the first `at_most`."""
    number = log.by_partition.index(max(log.by_partition))
    mine = (record for record in log.records(at_most) if record.partition == number)
    sources = [Source(offset, record.received_ms, b"", record.value) for offset, record in enumerate(mine)]
    fold = Partition(number, len(log.by_partition))
    fold.begin(1, "profile")
    seen: Counter[str] = Counter()

    def sample(_number: int, frame: FrameType | None) -> None:
        if frame is not None:
            code = frame.f_code
            file = Path(code.co_filename)
            name = file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file.name
            seen[f"{name}: {code.co_name}"] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    try:
        for start in range(0, len(sources), SLICE_RECORDS):
            fold.fold(sources[start : start + SLICE_RECORDS])
            if fold.pending >= _FLUSH:
                fold.results()
        fold.results()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    total = seen.total() or 1
    return tuple(Spot(function, count / total) for function, count in seen.most_common(_SHOWN))
