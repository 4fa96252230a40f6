"""What the shell costs: record batches through Faust into a fold that does nothing, one small transaction a flush, all offsets committed.

`python -m bench.shell_cost [events]` starts its own Kafka, fills one topic, and times a worker process from its first committed position to its last.
CPU is the worker's own, start-up excluded; the broker's is not in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from confluent_kafka import Producer
from msgspec import msgpack

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from events.derived import SCHEMA, PositionRecord
from streams import status
from streams.results import Result, Source
from streams.settings import WorkerSettings
from streams.worker import run

PARTITIONS = 4
BYTES = 260
EVENTS = 1_000_000
_POLL_S = 0.05


class PositionOnly:
    """A fold that keeps nothing but its position: what is left is the shell."""

    def __init__(self, number: int, partitions: int) -> None:
        self.number = number
        self.partitions = partitions
        self.position = self.folding = self.tick_ms = self.clock_ms = -1
        self.epoch = self.pending = 0
        self.log_id = ""
        self.suspects: frozenset[int] = frozenset()
        self._told = -1

    def restore(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Nothing is kept, so nothing comes back."""

    def restored(self) -> None: ...

    def begin(self, epoch: int, log_id: str) -> None:
        self.epoch, self.log_id = epoch, log_id

    def fold(self, records: Sequence[Source]) -> None:
        self.position = records[-1].offset

    def results(self) -> list[Result]:
        if self.position == self._told:
            return []
        self._told = self.position
        record = PositionRecord(SCHEMA, self.epoch, self.log_id, self.position)
        return [Result("fold-state", f"position/{self.number}".encode(), msgpack.encode(record))]

    def due_at_ms(self) -> int | None:
        return None

    def died_at(self, offset: int) -> list[Result]:
        raise AssertionError(offset)


def fill(bootstrap: str, events: int) -> None:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 50, "compression.type": "lz4", "queue.buffering.max.messages": 2_000_000}
    )
    value = b'{"specversion":"1.0","type":"deskpulse.ticket.replied.v1"' + b" " * (BYTES - 58) + b"}"
    for number in range(events):
        producer.produce("ticket-events", value, b"account-%d" % (number % 40), number % PARTITIONS)
        if number % 10_000 == 0:
            producer.poll(0)
    producer.flush()


def measure(bootstrap: str, folder: Path, events: int) -> None:
    file = folder / "status.json"
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.shell_cost", "--worker", json.dumps({"bootstrap": bootstrap, "file": str(file)})]
    )
    try:
        process = psutil.Process(worker.pid)
        begun: tuple[float, float, int] | None = None
        while True:
            time.sleep(_POLL_S)
            done = committed(file)
            times = process.cpu_times()
            now = (time.monotonic(), times.user + times.system, done)
            if begun is None and done > 0:
                begun = now
            if done == events:
                break
    finally:
        worker.terminate()
        worker.wait(30)
    assert begun is not None
    wall_s, cpu_s, folded = (now[i] - begun[i] for i in range(3))
    print(
        f"{folded:,.0f} events in {wall_s:.2f} s: {cpu_s / folded * 1e6:.2f} us CPU an event, {folded / cpu_s:,.0f} events a core-second"
    )


def committed(file: Path) -> int:
    try:
        return sum(one.position + 1 for one in status.read(file).partitions)
    except FileNotFoundError:
        return 0


def work(told: dict[str, str]) -> None:
    run(
        WorkerSettings(
            bootstrap=told["bootstrap"],
            fold_factory=PositionOnly,
            clock_ms=lambda: time.time_ns() // 1_000_000,
            status_file=Path(told["file"]),
            status_every_ms=50,
            tick_every_ms=50,
        )
    )


def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka", free_port(), die_with_parent=True) as broker:
        ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=PARTITIONS))
        fill(broker.bootstrap, events)
        measure(broker.bootstrap, Path(folder), events)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(json.loads(sys.argv[2]))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
