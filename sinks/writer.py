"""Writes one batch: rows, then letters for what cannot be a row. When `write` returns, its offset may be committed.

Several threads may write at once, each a batch of its own: what they share, the letters and their limit, has a lock.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from sinks.batch import Batch, Entry, Refusal, by_table
from sinks.broker import Broker
from sinks.crash import Crash
from sinks.isolate import isolate
from sinks.letters import TOPIC as LETTERS_TOPIC
from sinks.limit import LetterLimit
from sinks.logs import Log
from sinks.settings import Retention
from sinks.store import Store, UnavailableError
from sinks.table import DAY_MS, Row, Table

log = Log(__name__)


class Delivers(Protocol):
    def deliver(self, refusals: list[Refusal], broker: Broker) -> None:
        """The letters are in Kafka when it returns."""


class Written(NamedTuple):
    letters: int
    expired: Mapping[str, int]
    """Rows by table that were past their retention, and so not inserted."""


class Writer:
    def __init__(
        self,
        store: Store,
        letters: Delivers,
        limit: LetterLimit,
        retention: Retention,
        crash: Crash,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._letters = letters
        self._limit = limit
        self._retention = retention
        self._crash = crash
        self._now_ms = now_ms
        self._one_at_a_time = threading.Lock()

    def write(self, batch: Batch, broker: Broker, withdrawn: threading.Event) -> Written:
        """UnavailableError: nothing is known to be stored, write it again. TooManyLettersError: it stays uncommitted.

        Once it is withdrawn no further insert begins, and it is as if the database were away.
        """
        now_ms = self._now_ms()
        entries = batch.entries
        expired: Counter[str] = Counter()
        # 1. Rows, so that a refusal is known before any letter is written.
        if entries:
            self._crash("before_insert")
            refused = isolate(
                entries,
                lambda part: self._insert(part, expired, withdrawn),
                lambda found, error: self._check(batch, found, error, now_ms),
            )
            self._crash("after_insert")
        else:
            refused = []
        # 2. Letters. Those about letters would go round for ever: their bytes are in Kafka already.
        refusals = [*batch.refused, *refused]
        if refusals and batch.topic == LETTERS_TOPIC:
            log.warning("letters without a row", partition=batch.partition, letters=len(refusals), error=refusals[0].error)
        elif refusals:
            with self._one_at_a_time:
                self._limit.check(len(refusals), refusals[-1].error, now_ms)
                self._letters.deliver(refusals, broker)
                self._limit.written(len(refusals), now_ms)
            log.warning(
                "dead letters", topic=batch.topic, partition=batch.partition, letters=len(refusals), error=refusals[0].error
            )
        # 3. Only now it counts.
        return Written(len(refusals), expired)

    def _insert(self, entries: list[Entry], expired: Counter[str], withdrawn: threading.Event) -> None:
        for table, rows in by_table(entries).items():
            kept = self._unexpired(table, rows)
            for part in table.inserts(kept):
                if part:
                    if withdrawn.is_set():
                        raise UnavailableError("withdrawn before all of it was stored")
                    self._store.insert(table, part)
            if len(kept) < len(rows):
                expired[table.name] += len(rows) - len(kept)

    def _unexpired(self, table: Table, rows: list[Row]) -> list[Row]:
        keep_days = self._retention.days(table.name)
        if keep_days is None or table.day is None:
            return rows
        today = self._now_ms() // DAY_MS
        return [row for row in rows if not table.is_expired(row, today, keep_days)]

    def _check(self, batch: Batch, found: int, error: str, now_ms: int) -> None:
        if batch.topic != LETTERS_TOPIC:
            with self._one_at_a_time:
                self._limit.check(len(batch.refused) + found, error, now_ms)
