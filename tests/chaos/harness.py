"""What chaos is made of: workers as processes, a supervisor that restarts them, a live load, and reading what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from events.placement import partition_of
from streams.exits import Exit
from streams.status import PartitionStatus, WorkerStatus, read
from tests.eventually import eventually

COUNTING = "tests.integration.counting_partition:CountingPartition"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Group:
    """The workers of one consumer group: what they have in common. `folder` gets their logs and status files."""

    bootstrap: str
    prefix: str
    folder: Path
    fold: str = COUNTING
    session_timeout_s: float = 6.0
    app_id: str = field(default_factory=lambda: f"g{uuid.uuid4().hex[:8]}")
    more: dict[str, Any] = field(default_factory=dict)

    def worker(self, name: str, crash_at: str | None = None, **more: Any) -> Worker:
        """Not started yet. `more` is told to the process beside what the group says."""
        return Worker(self, name, crash_at, more)


class Worker:
    """One worker process, killed by its pid and by nothing else."""

    def __init__(self, group: Group, name: str, crash_at: str | None, more: Mapping[str, Any]) -> None:
        self.name = name
        self.crash_at = crash_at
        self.status_file = group.folder / f"{name}.json"
        self.log_file = group.folder / f"{name}.log"
        self.starts = 0
        self._told = {
            "bootstrap": group.bootstrap,
            "prefix": group.prefix,
            "app_id": group.app_id,
            "fold": group.fold,
            "session_timeout_s": group.session_timeout_s,
            "status_file": str(self.status_file),
            **group.more,
            **more,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """A new process; its log goes on in the same file."""
        environment = {key: value for key, value in os.environ.items() if key != "DESKPULSE_CRASH_AT"}
        if self.crash_at is not None:
            environment["DESKPULSE_CRASH_AT"] = self.crash_at
        self.status_file.unlink(missing_ok=True)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker_main", json.dumps(self._told)],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1
        return self

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def wait(self, within_s: float = 20.0) -> int:
        """Its exit code; negative for the signal that killed it."""
        assert self._process is not None
        return self._process.wait(within_s)

    def end(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def status(self) -> WorkerStatus | None:
        try:
            return read(self.status_file)
        except FileNotFoundError:
            return None

    def partitions(self) -> dict[int, PartitionStatus]:
        said = self.status()
        return {} if said is None else {one.partition: one for one in said.partitions}

    def running(self) -> set[int]:
        """The partitions it folds."""
        return {number for number, one in self.partitions().items() if one.state in ("running", "flushing")}

    def log(self) -> list[dict[str, Any]]:
        """Its lines so far."""
        lines = []
        for line in self.log_file.read_text().splitlines() if self.log_file.exists() else []:
            with suppress(json.JSONDecodeError):
                lines.append(json.loads(line))
        return lines

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log() if isinstance(line, dict) and line.get("event") == event]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()


class Supervisor:
    """Starts again what ended, as `deskpulse up` does; a crash point holds for the first start only."""

    def __init__(self, *workers: Worker) -> None:
        self.workers = workers
        self.ended: list[tuple[str, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for worker in self.workers:
                if not worker.is_running and not self._over.is_set():
                    code = worker.wait()
                    self.ended.append((worker.name, code))
                    if code == Exit.REFUSED:
                        return
                    worker.crash_at = None
                    worker.start()

    def __enter__(self) -> Self:
        for worker in self.workers:
            worker.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        for worker in self.workers:
            worker.end()


class Source:
    """Appends to `ticket-events` as every producer of ours does: idempotent, placed by the account, stamped on receipt."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int, accounts: int = 40) -> None:
        self.accounts = [f"account-{number}" for number in range(accounts)]
        self._topic = f"{prefix}ticket-events"
        self._partitions = partitions
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 5,
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )
        self._producer.list_topics(timeout=30)  # unasked, the first append would wait for it

    def append(self, account: str, value: bytes, partition: int | None = None) -> None:
        number = partition_of(account, self._partitions) if partition is None else partition
        self._producer.produce(self._topic, value, account.encode(), number, timestamp=time.time_ns() // 1_000_000)
        self._producer.poll(0)

    def append_many(self, count: int, size: int = 100) -> None:
        """Round the accounts; on the broker when this returns."""
        for number in range(count):
            self.append(self.accounts[number % len(self.accounts)], b"%0*d" % (size, number))
        self.flush()

    def flush(self) -> None:
        assert self._producer.flush(30) == 0, "the broker took not everything"


class LiveLoad:
    """Some events a second, until the end of the block; then all of it is on the broker."""

    def __init__(self, source: Source, per_second: int) -> None:
        self.appended = 0
        self._source = source
        self._per_second = per_second
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        started_s = time.monotonic()
        while not self._over.wait(0.02):
            wanted = int((time.monotonic() - started_s) * self._per_second)
            while self.appended < wanted:
                account = self._source.accounts[self.appended % len(self._source.accounts)]
                self._source.append(account, b"%0100d" % self.appended)
                self.appended += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._source.flush()


def records(bootstrap: str, topic: str, partition: int) -> Iterator[Message]:
    """All committed records of one partition, to its end."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "tests-read",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }
    )
    try:
        consumer.list_topics(timeout=30)  # unasked, the client finds out about a topic half a second later
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        while True:
            for message in consumer.consume(10_000, 0.02):
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    return
                else:
                    raise AssertionError(error.str())
    finally:
        consumer.close()


def log_ends(bootstrap: str, topic: str, partitions: int) -> dict[int, int]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tests-read", "log_level": 0})
    try:
        return {number: _log_end(consumer, TopicPartition(topic, number)) for number in range(partitions)}
    finally:
        consumer.close()


def _log_end(consumer: Consumer, partition: TopicPartition) -> int:
    """Asked again while the partition is given a leader."""

    def end() -> tuple[int]:
        try:
            return (int(consumer.get_watermark_offsets(partition, 10, cached=False)[1]),)
        except KafkaException as error:
            raise AssertionError(str(error)) from error

    return eventually(end, 20, f"{partition.topic} tells its end")[0]


def limit_records(topic: str, largest: int, bootstrap: str) -> None:
    """The largest batch that the broker takes, a moment later: a refusal by the world, and its end."""
    entry = ConfigEntry("max.message.bytes", str(largest), incremental_operation=AlterConfigOpType.SET)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for altered in admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]
    ).values():
        altered.result()


def until(predicate: Callable[[], Any], within_s: float, what: str, *workers: Worker) -> None:
    """As `eventually`, with the workers' last lines in the failure."""
    try:
        eventually(predicate, within_s, what)
    except AssertionError as error:
        lines = [f"--- {worker.name}\n" + "\n".join(worker.log_file.read_text().splitlines()[-15:]) for worker in workers]
        raise AssertionError(f"{error}\n" + "\n".join(lines)) from error


def let_pass(seconds: float) -> None:
    """Real time, for what nothing announces: a load that lasts, a process that sleeps."""
    begun_s = time.monotonic()
    eventually(lambda: time.monotonic() - begun_s >= seconds, seconds + 10, "time passes")
