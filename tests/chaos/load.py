"""What workers are given to do: records appended as every producer of ours does, at once or so many a second."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from confluent_kafka import Producer

from events.placement import partition_of


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
