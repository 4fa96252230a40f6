"""Events per core-second of the real worker on a log that is there already, beside plain Faust, and where the time goes."""

from __future__ import annotations

import gc
import json
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import hot
from bench.expected import check, totals_of
from bench.generate import START_MS, Shape
from bench.lab import Lab, Runs, WrongResultError
from bench.process import drained, running, written
from bench.reading import whole
from bench.stored_log import StoredLog, store
from events import codec

PARTITIONS = 4
_WITHIN_S = 600.0
_RUNS_WITHIN_S = 150.0
"""No run begins after so long: the whole bench is to take about ten minutes."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    us: float
    """CPU per event."""
    share: float


@dataclass(frozen=True, slots=True)
class FoldResult:
    fold_events_per_core_second: float
    ratio_to_plain_faust: float
    worker: Runs
    plain_faust: Runs
    plain_without_gauges: Runs
    """Events per core-second of each run: the first two are run in turn, the last, once, is plain Faust without backlog and waiting."""
    events: int
    plain_events: int
    accounts: int
    mean_bytes: float
    late_share: float
    events_per_account_minute: float
    results_per_event: dict[str, float]
    result_bytes_per_event: float
    parts: tuple[Part, ...]
    """Of the run with the median figure."""
    hottest: tuple[hot.Spot, ...]


def measure(lab: Lab) -> FoldResult:
    shape = Shape()
    events, plain_events, runs = lab.either((1_000_000, 60_000, 3), (200_000, 20_000, 1))
    log = store(lab.folder / "fold.log", shape, events, PARTITIONS)
    # It is slow, so its log has fewer accounts; each of them has as many events, and the tickets are as far in their lives.
    plain_log = store(lab.folder / "plain.log", Shape(shape.accounts * plain_events // events), plain_events, PARTITIONS)
    ours: list[dict[str, Any]] = []
    theirs: list[float] = []
    end_s = time.monotonic() + _RUNS_WITHIN_S
    while not ours or (len(ours) < runs and time.monotonic() < end_s):
        ours.append(_drain(lab, log))
        theirs.append(_plain(lab, plain_log, gauges=True))
    without = [_plain(lab, plain_log, gauges=False)]
    ours.sort(key=lambda marks: marks["cpu_ns"])
    middle = ours[len(ours) // 2]
    worker = Runs.of([marks["events"] / marks["cpu_ns"] * 1e9 for marks in ours])
    plain = Runs.of(theirs)
    return FoldResult(
        fold_events_per_core_second=worker.median,
        ratio_to_plain_faust=worker.median / plain.median,
        worker=worker,
        plain_faust=plain,
        plain_without_gauges=Runs.of(without),
        events=events,
        plain_events=plain_events,
        accounts=shape.accounts,
        mean_bytes=log.mean_bytes,
        late_share=log.late_share,
        events_per_account_minute=events / shape.accounts / log.minutes,
        results_per_event={topic: count / events for topic, count in sorted(middle["results"].items())},
        result_bytes_per_event=middle["result_bytes"] / events,
        parts=_parts(middle, _decode_ns(log)),
        hottest=hot.hottest(log, lab.either(300_000, 100_000)),
    )


def _drain(lab: Lab, log: StoredLog) -> dict[str, Any]:
    """One run, its result checked."""
    prefix = lab.fresh_topics(PARTITIONS)
    ends = log.append(lab.bootstrap, f"{prefix}ticket-events")
    # A worker that waits for its clock appends no tick, so the log is what was generated.
    marks = drained(lab.bootstrap, prefix, ends, lab.folder, START_MS, _WITHIN_S)
    if marks["events"] != log.events:
        raise WrongResultError(f"{marks['events']} events were folded, {log.events} are in the log")
    said = ((m.key(), m.value()) for m in whole(lab.bootstrap, f"{prefix}facts", PARTITIONS))
    check(totals_of(said, log.expected.incomplete), log.expected.totals)
    return marks


def _plain(lab: Lab, log: StoredLog, *, gauges: bool) -> float:
    prefix = lab.fresh_topics(PARTITIONS)
    log.append(lab.bootstrap, f"{prefix}ticket-events")
    done, output = lab.folder / f"{prefix}plain.json", lab.folder / f"{prefix}plain.log"
    told = {
        "bootstrap": lab.bootstrap,
        "prefix": prefix,
        "partitions": PARTITIONS,
        "events": log.events,
        "gauges": gauges,
        "folder": str(lab.folder / f"{prefix}faust"),
        "done": str(done),
    }
    with running("bench.plain_faust", [json.dumps(told)], output) as process:
        found = written(process, done, output, _WITHIN_S)
    if not found["facts"]:
        raise WrongResultError("plain Faust said no fact")
    return float(found["events"] / found["cpu_ns"] * 1e9)


def _decode_ns(log: StoredLog) -> float:
    """Of one event, as the fold decodes it: one by one."""
    values = [record.value for record in log.records(100_000)]
    gc.collect()
    found = []
    for _ in range(3):
        began_ns = time.process_time_ns()
        for value in values:
            codec.decode(value)
        found.append((time.process_time_ns() - began_ns) / len(values))
    return median(found)


def _parts(marks: dict[str, Any], decode_ns: float) -> tuple[Part, ...]:
    """The worker's own clocks by thread and step; only decoding, which is inside the fold, was measured apart."""
    events, cpu_ns, threads = marks["events"], marks["cpu_ns"], marks["threads_ns"]
    decode = decode_ns * events
    inside = marks["fold_ns"] + marks["results_ns"]
    producer = threads.get("producer", 0)
    spent = {
        "fetch + Faust": max(0, cpu_ns - inside - producer),
        "decode": decode,
        "fold": max(0, marks["fold_ns"] - decode),
        "encode results": marks["results_ns"],
        "produce + commit": producer,
    }
    return tuple(Part(name, ns / events / 1000, ns / cpu_ns) for name, ns in spent.items())
