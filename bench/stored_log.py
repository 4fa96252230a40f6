"""A generated log in a file, with what it should give: made once, appended to fresh topics for every run."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Producer

from bench.expected import Expected, expect
from bench.generate import Shape, Step, account_name, log, placement

_HEAD = struct.Struct("<QHHI")
_CHUNK = 1 << 20


class Stored(NamedTuple):
    received_ms: int
    account: int
    partition: int
    value: bytes


@dataclass(frozen=True, slots=True)
class StoredLog:
    file: Path
    events: int
    accounts: int
    by_partition: tuple[int, ...]
    """Records of each partition."""
    mean_bytes: float
    late_share: float
    minutes: float
    expected: Expected

    def records(self, at_most: int | None = None) -> Iterator[Stored]:
        left = self.events if at_most is None else min(at_most, self.events)
        with self.file.open("rb", buffering=_CHUNK) as stored:
            for _ in range(left):
                received_ms, account, partition, size = _HEAD.unpack(stored.read(_HEAD.size))
                yield Stored(received_ms, account, partition, stored.read(size))

    def append(self, bootstrap: str, topic: str) -> list[int]:
        """As the gateway does, but all at once; the answer is the end of each partition."""
        producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 50,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 200_000,
                "delivery.report.only.error": True,
                "log_level": 0,
            }
        )
        ends = [0] * len(self.by_partition)
        names = [account_name(number).encode() for number in range(self.accounts)]
        for record in self.records():
            ends[record.partition] += 1
            while True:
                try:
                    producer.produce(topic, record.value, names[record.account], record.partition, timestamp=record.received_ms)
                    break
                except BufferError:
                    producer.poll(0.05)
        if left := producer.flush(120):
            raise RuntimeError(f"{left} records did not reach the broker")
        return ends


def store(file: Path, shape: Shape, events: int | None, partitions: int) -> StoredLog:
    places = placement(shape.accounts, partitions)
    counted: Counter[int] = Counter()
    size = late = first_ms = last_ms = 0
    lives: dict[tuple[int, int], list[Step]] = {}
    with file.open("wb", buffering=_CHUNK) as stored:
        for happened in log(shape, events):
            partition = places[happened.account]
            counted[partition] += 1
            size += len(happened.value)
            late += happened.received_ms - happened.step.at_ms > 2_000
            first_ms = first_ms or happened.received_ms
            last_ms = happened.received_ms
            lives.setdefault((happened.account, happened.ticket), []).append(happened.step)
            stored.write(_HEAD.pack(happened.received_ms, happened.account, partition, len(happened.value)))
            stored.write(happened.value)
    return StoredLog(
        file=file,
        events=counted.total(),
        accounts=shape.accounts,
        by_partition=tuple(counted[number] for number in range(partitions)),
        mean_bytes=size / counted.total(),
        late_share=late / counted.total(),
        minutes=(last_ms - first_ms) / 60_000,
        expected=expect(lives),
    )
