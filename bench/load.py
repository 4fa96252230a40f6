"""Taking a partition with many open tickets: fence, load, check. And what tickets weigh in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bench.generate import START_MS, Shape
from bench.lab import Lab, Runs, WrongResultError
from bench.memory_main import write
from bench.process import drained, running, written
from bench.stored_log import StoredLog, store
from streams.contract import STATE_TOPICS
from streams.partition import Partition
from streams.results import Source
from streams.settings import SLICE_RECORDS
from streams.ticks import tick

TICKETS = 100_000
ACCOUNTS = 100
_FLUSH = 20_000
_LATER_MS = 2 * 86_400_000
_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    load_100k_open_tickets_s: float
    load: Runs
    """Wall time of one take, each in a fresh process."""
    load_cpu_s: float
    state_records: int
    """Read by a take: compaction has not run, so a ticket that changed in two flushes is read twice."""
    memory_per_open_ticket_bytes: float
    memory_per_closed_ticket_bytes: float
    events_per_open_ticket: float
    events_per_closed_ticket: float
    packed_open_ticket_bytes: float
    packed_closed_ticket_bytes: float
    """Of the record that the topic and the memory hold."""


def measure(lab: Lab) -> LoadResult:
    # Long lives, so that a ticket has four to five events either way.
    open_log = store(lab.folder / "open.log", Shape(ACCOUNTS, closed_share=0.0, more_turns=0.55, tickets=TICKETS), None, 1)
    took_s, cpu_s, records = _takes(lab, open_log)
    open_bytes, open_packed = _memory(lab, open_log, "open")
    shape = Shape(ACCOUNTS, closed_share=1.0, more_turns=0.25, tickets=TICKETS)
    closed_log = store(lab.folder / "closed.log", shape, None, 1)
    closed_bytes, closed_packed = _memory(lab, closed_log, "closed")
    return LoadResult(
        load_100k_open_tickets_s=took_s.median,
        load=took_s,
        load_cpu_s=cpu_s,
        state_records=records,
        memory_per_open_ticket_bytes=open_bytes,
        memory_per_closed_ticket_bytes=closed_bytes,
        events_per_open_ticket=open_log.events / TICKETS,
        events_per_closed_ticket=closed_log.events / TICKETS,
        packed_open_ticket_bytes=open_packed,
        packed_closed_ticket_bytes=closed_packed,
    )


def _takes(lab: Lab, log: StoredLog) -> tuple[Runs, float, int]:
    """A real worker folds the log and ends; then the partition is taken again and again."""
    prefix = lab.fresh_topics(1)
    ends = log.append(lab.bootstrap, f"{prefix}ticket-events")
    drained(lab.bootstrap, prefix, ends, lab.folder, START_MS, _WITHIN_S)
    found = []
    for number in range(lab.either(5, 3)):
        done, output = lab.folder / f"take-{number}.json", lab.folder / f"take-{number}.log"
        told = {"bootstrap": lab.bootstrap, "prefix": prefix, "done": str(done)}
        with running("bench.take_main", [json.dumps(told)], output) as process:
            taken = written(process, done, output, _WITHIN_S)
        if taken["position"] != log.events - 1:
            raise WrongResultError(f"loaded through offset {taken['position']}, the log has {log.events} records")
        found.append(taken)
    cpu_s = Runs.of([taken["cpu_s"] for taken in found])
    return Runs.of([taken["took_s"] for taken in found]), cpu_s.median, found[0]["records"]


def _memory(lab: Lab, log: StoredLog, name: str) -> tuple[float, float]:
    """Bytes per ticket: by which the process grew, and of its record."""
    state, done, output = (lab.folder / f"{name}.{kind}" for kind in ("state", "memory.json", "memory.log"))
    records = dict(_state(log))
    tickets = [value for (topic, _), value in records.items() if topic == "tickets"]
    if len(tickets) != TICKETS:
        raise WrongResultError(f"{len(tickets)} tickets are in the state, expected {TICKETS}")
    write(state, ((topic, key, value) for (topic, key), value in records.items()))
    with running("bench.memory_main", [json.dumps({"state": str(state), "done": str(done)})], output) as process:
        grown = written(process, done, output, _WITHIN_S)["grown"]
    return grown / TICKETS, sum(map(len, tickets)) / TICKETS


def _state(log: StoredLog) -> Iterator[tuple[tuple[str, bytes], bytes]]:
    """The last record of every key once the log's minutes are no longer live, two days after its end."""
    latest: dict[tuple[str, bytes], bytes] = {}
    fold = Partition(0, 1)
    fold.begin(1, "memory")

    def flush() -> None:
        for result in fold.results():
            if result.topic not in STATE_TOPICS:
                continue
            if result.value is None:
                latest.pop((result.topic, result.key), None)
            else:
                latest[result.topic, result.key] = result.value

    sources = [Source(offset, record.received_ms, b"", record.value) for offset, record in enumerate(log.records())]
    later_ms = sources[-1].received_at_ms + _LATER_MS
    sources.append(Source(len(sources), later_ms, b"", tick(0, later_ms)))
    for start in range(0, len(sources), SLICE_RECORDS):
        fold.fold(sources[start : start + SLICE_RECORDS])
        if fold.pending >= _FLUSH:
            flush()
    flush()
    yield from latest.items()
