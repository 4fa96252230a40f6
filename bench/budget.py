"""What single steps cost, each on its own: the rows of a fold worker's budget that need no worker."""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import msgspec
from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

from bench.generate import Shape
from bench.lab import Lab
from bench.reading import consumer
from bench.stored_log import StoredLog, store
from events import codec, wire
from streams.crash_points import NoCrash
from streams.flush import FlushPolicies
from streams.partition import Partition
from streams.producer import PartitionProducer
from streams.results import Result, Source
from streams.settings import SLICE_RECORDS

_FLUSH = FlushPolicies().behind.max_results
_RECORD_BYTES = 300
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class BudgetResult:
    decode_us: float
    """One by one, as the fold does."""
    decode_joined_us: float
    """A slice at once."""
    fold_us: float
    """Decoding included, in slices of 4,000."""
    results_us: float
    """Encoding what a flush says, as large as a worker makes it when it is behind, per event."""
    consume_us: float
    """CPU of librdkafka and Python per record, 10,000 at a time."""
    consume_per_s: float
    """Records by the wall."""
    produce_us: float
    """CPU per record of 20,000 in one transaction."""
    transaction_ms: dict[str, float]
    """Median time from begin until committed, by number of records of 300 bytes."""


def measure(lab: Lab) -> BudgetResult:
    log = store(lab.folder / "budget.log", Shape(accounts=250), lab.either(200_000, 50_000), 1)
    decode, joined = _decode(log)
    fold, results = _fold(log)
    consume_us, consume_per_s = _consume(lab, log)
    produce_us, transactions = _transactions(lab)
    return BudgetResult(decode, joined, fold, results, consume_us, consume_per_s, produce_us, transactions)


def _us(act: Callable[[], object], times: int, events: int) -> float:
    """CPU per event, the median of some times."""
    found = []
    for _ in range(times):
        gc.collect()
        began_ns = time.process_time_ns()
        act()
        found.append((time.process_time_ns() - began_ns) / events / 1000)
    return median(found)


def _decode(log: StoredLog) -> tuple[float, float]:
    values = [record.value for record in log.records()]
    several = msgspec.json.Decoder(list[wire.Event])

    def one_by_one() -> None:
        decode = codec.decode
        for value in values:
            decode(value)

    def joined() -> None:
        for start in range(0, len(values), SLICE_RECORDS):
            several.decode(b"[" + b",".join(values[start : start + SLICE_RECORDS]) + b"]")

    return _us(one_by_one, 5, len(values)), _us(joined, 5, len(values))


def _fold(log: StoredLog) -> tuple[float, float]:
    sources = [Source(offset, record.received_ms, b"", record.value) for offset, record in enumerate(log.records())]
    folds, tells = [], []
    for _ in range(3):
        gc.collect()
        fold_ns = results_ns = 0
        partition = Partition(0, 1)
        partition.begin(1, "budget")
        for start in range(0, len(sources), SLICE_RECORDS):
            began_ns = time.process_time_ns()
            partition.fold(sources[start : start + SLICE_RECORDS])
            folded_ns = time.process_time_ns()
            fold_ns += folded_ns - began_ns
            if partition.pending >= _FLUSH or start + SLICE_RECORDS >= len(sources):
                partition.results()
                results_ns += time.process_time_ns() - folded_ns
        folds.append(fold_ns / len(sources) / 1000)
        tells.append(results_ns / len(sources) / 1000)
    return median(folds), median(tells)


def _consume(lab: Lab, log: StoredLog) -> tuple[float, float]:
    prefix = lab.fresh_topics(1)
    (end,) = log.append(lab.bootstrap, f"{prefix}ticket-events")
    cpu, rates = [], []
    for _ in range(3):
        reader = consumer(lab.bootstrap)
        reader.assign([TopicPartition(f"{prefix}ticket-events", 0, OFFSET_BEGINNING)])
        began_ns, began_s, seen = time.process_time_ns(), time.monotonic(), 0
        while seen < end:
            for message in reader.consume(_AT_ONCE, 0.05):
                error = message.error()
                seen += error is None
                if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - no public name
                    raise RuntimeError(error.str())
        cpu.append((time.process_time_ns() - began_ns) / end / 1000)
        rates.append(end / (time.monotonic() - began_s))
        reader.close()
    return median(cpu), median(rates)


def _transactions(lab: Lab) -> tuple[float, dict[str, float]]:
    prefix = lab.fresh_topics(1)
    producer = PartitionProducer({"bootstrap.servers": lab.bootstrap}, f"bench-{uuid.uuid4().hex}", 0, prefix, 60.0, NoCrash())
    producer.fence()
    value = b"x" * _RECORD_BYTES
    took_ms: dict[str, float] = {}
    produce_us = 0.0
    for size, times in ((1, 50), (50, 50), (2_000, 20), (20_000, 10)):
        results = [Result("tickets", b"shop/zendesk/%d" % number, value) for number in range(size)]
        producer.commit(results)
        walls, cpus = [], []
        for _ in range(times):
            began_s, began_ns = time.monotonic(), time.process_time_ns()
            producer.commit(results)
            walls.append((time.monotonic() - began_s) * 1000)
            cpus.append((time.process_time_ns() - began_ns) / size / 1000)
        took_ms[str(size)] = median(walls)
        produce_us = median(cpus)
    return produce_us, took_ms
