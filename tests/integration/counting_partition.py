"""A small, honest fold for tests of the shell: it counts records by account, and keeps every promise of the contract.

What it emits tells on a shell that loses, doubles or reorders: the count so far, and what was added since the last flush.
Values it understands: `poison` makes it raise, `due:<ms>` makes it wait for an instant, a `clock.tick` moves its time.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, msgpack

from events.codec import decode
from events.derived import SCHEMA, PositionRecord
from events.position import Epoch, Offset, offset_of, version
from events.wire import ClockTick
from streams.faults import StateAheadError
from streams.results import Result, Source

DEATHS_TO_QUARANTINE = 3


class Count(Struct, array_like=True):
    """A `tickets` record: how many records an account has, in all."""

    schema: int
    version: int
    account: str
    count: int


class Added(Struct, array_like=True):
    """A `facts` record: how many one flush added, and the last offset it counted."""

    schema: int
    version: int
    account: str
    added: int


class PoisonError(Exception):
    """Stands for our own bug."""


class CountingPartition:
    def __init__(self, number: int, partitions: int) -> None:
        self.number = number
        self.partitions = partitions
        self.position = -1
        self.epoch = 0
        self.log_id = ""
        self.folding = -1
        self.tick_ms = 0
        self.clock_ms = 0
        self.counts: dict[str, int] = {}
        self._added: dict[str, int] = {}
        self._letters: list[Result] = []
        self._due_ms: set[int] = set()
        self._deaths: dict[int, int] = {}
        self._committed = -1
        self._versions: list[int] = []

    @property
    def pending(self) -> int:
        return 2 * len(self._added) + len(self._letters)

    @property
    def suspects(self) -> frozenset[int]:
        return frozenset(self._deaths)

    def restore(self, topic: str, key: bytes, value: bytes | None) -> None:
        if value is None:
            return
        if topic == "tickets":
            count = msgpack.decode(value, type=Count)
            self.counts[count.account] = count.count
            self._versions.append(count.version)
        elif topic == "fold-state" and key == self._position_key():
            record = msgpack.decode(value, type=PositionRecord)
            self.position, self.epoch, self.log_id, self.tick_ms = record.offset, record.epoch, record.log_id, record.tick_ms
        elif topic == "fold-state" and key.startswith(b"deaths/"):
            self._deaths[int(key.removeprefix(b"deaths/"))] = msgpack.decode(value, type=int)

    def restored(self) -> None:
        for row_version in self._versions:
            if row_version >> 48 == self.epoch and offset_of(row_version) > self.position:  # type: ignore[arg-type]
                raise StateAheadError("a count", row_version, self.position)
        self._committed = self.position

    def begin(self, epoch: int, log_id: str) -> None:
        self.epoch, self.log_id, self.position, self._committed = epoch, log_id, -1, -1
        self.counts.clear()

    def fold(self, records: Sequence[Source]) -> None:
        assert records[0].offset == self.position + 1
        for record in records:
            self.folding = record.offset
            value = record.value or b""
            if value == b"poison":
                self._meet_poison(record)
            elif value.startswith(b"due:"):
                self._due_ms.add(int(value.removeprefix(b"due:")))
            elif b"clock.tick" in value:
                self._tick(value)
            account = (record.key or b"").decode()
            self.counts[account] = self.counts.get(account, 0) + 1
            self._added[account] = self._added.get(account, 0) + 1
            self.clock_ms = max(self.clock_ms, record.received_at_ms)
            self.position = record.offset

    def results(self) -> list[Result]:
        if self.position == self._committed:
            return []
        at = int(version(Epoch(self.epoch), Offset(self.position)))
        said = [
            *(self._result("tickets", account, Count(SCHEMA, at, account, self.counts[account])) for account in self._added),
            *(self._result("facts", account, Added(SCHEMA, at, account, added)) for account, added in self._added.items()),
            *self._letters,
            self._position_result(),
        ]
        self._added, self._letters, self._committed = {}, [], self.position
        return said

    def due_at_ms(self) -> int | None:
        return min(self._due_ms, default=None)

    def died_at(self, offset: int) -> list[Result]:
        deaths = self._deaths.get(offset, 0) + 1
        return [Result("fold-state", f"deaths/{offset}".encode(), msgpack.encode(deaths))]

    def _meet_poison(self, record: Source) -> None:
        if self._deaths.get(record.offset, 0) < DEATHS_TO_QUARANTINE:
            raise PoisonError
        letter = (("reason", b"poison"), ("src_offset", str(record.offset).encode()))
        self._letters.append(Result("dead-letters", record.key or b"", record.value, letter))

    def _tick(self, value: bytes) -> None:
        event = decode(value)
        assert isinstance(event, ClockTick)
        self.tick_ms = max(self.tick_ms, int(event.time.timestamp() * 1000))
        self._due_ms = {due_ms for due_ms in self._due_ms if due_ms > self.tick_ms}

    def _position_key(self) -> bytes:
        return f"position/{self.number}".encode()

    def _position_result(self) -> Result:
        record = PositionRecord(SCHEMA, self.epoch, self.log_id, self.position, self.tick_ms)
        return Result("fold-state", self._position_key(), msgpack.encode(record))

    @staticmethod
    def _result(topic: str, account: str, value: Struct) -> Result:
        return Result(topic, account.encode(), msgpack.encode(value))
