"""The fold of one partition: records in, results out. Deterministic: no clock, no I/O; the same log says the same.

Bad input becomes a dead letter among the results. An exception here is a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import msgspec

from events import codec, wire
from events.derived import SCHEMA, PositionRecord
from events.placement import partition_of
from events.position import Epoch, Offset, Version, offset_of
from events.position import version as row_version
from events.rejected import Reason, Rejected
from streams import book
from streams.account import Account, Incoming
from streams.book import dated
from streams.faults import StateAheadError
from streams.loading import Loading
from streams.results import Result, Source
from streams.tickets.history import Outcome
from streams.tickets.moment import instant_ms
from streams.tickets.press import Press

AHEAD_MS = 120_000
"""How far an event may be ahead of its receipt."""
LETTER_BYTES = 1_000_000
"""Of a record that is no event at most, in its dead letter: somebody else's may be larger than that topic takes. The log keeps all."""
_REMEMBERED = 100_000
DEATHS = 3
_CONTROL = frozenset({wire.AccountConfigured, wire.CustomerForgotten, wire.DirectoryUpdated})
_NO_PLACE = (Reason.INVALID, "source: expected /{account}/{source name}")
_REFUSED = {
    Outcome.TOO_OLD: (Reason.TOO_OLD, "time: more than 45 days before the account's clock"),
    Outcome.SEALED: (Reason.SEALED, "time: before the sealed part of a long history"),
    Outcome.FULL: (Reason.TOO_LARGE, "subject: the ticket has all the events that one ticket can have"),
}
"""So many deaths of a worker at one offset put the record aside."""
_encoder = msgspec.msgpack.Encoder()


class Partition:
    """Records are folded in offset order; `results` drains what they caused, the position among it."""

    def __init__(self, number: int, partitions: int) -> None:
        self.number = number
        self._partitions = partitions
        self.position = -1
        self.epoch = 0
        self.log_id = ""
        self.tick_ms = -1
        self.clock_ms = -1
        self.folding = -1
        self.pending = 0
        self._accounts: dict[str, Account] = {}
        self._touched: dict[str, Account] = {}
        self._places: dict[str, tuple[Account, str] | Rejected] = {}
        self._said: list[Result] = []
        self._told = -1
        self._due: list[tuple[int, str]] = []
        self._queued: dict[str, int] = {}
        self._deaths: dict[int, int] = {}
        self._press = Press()
        self._loading = Loading(self._press)

    # -- folding -----------------------------------------------------------------------------------------------------

    def begin(self, epoch: int, log_id: str) -> None:
        """A log begins; offsets and versions of another one do not compare with its own."""
        if log_id != self.log_id:
            self.position = -1
        self.epoch, self.log_id = epoch, log_id
        self._told = -2

    def fold(self, records: Sequence[Source]) -> None:
        """Sort the records by account, then let each account fold its own: accounts do not see each other."""
        base = row_version(Epoch(self.epoch), Offset(0))
        inboxes: dict[Account, list[Incoming]] = {}
        for record in records:
            self.folding = record.offset
            rejected = self._read(record, base + record.offset, inboxes)
            if rejected is not None:
                self._reject(record, rejected, base + record.offset)
            self.position = record.offset
        self._deliver(inboxes)
        self.pending += len(records)

    def _read(self, record: Source, version: int, inboxes: dict[Account, list[Incoming]]) -> Rejected | None:
        offset, received_at_ms, _, raw = record
        if raw is None:
            return Rejected(b"", Reason.NOT_JSON, "the record has no value")
        if self._deaths and self._deaths.get(offset, 0) >= DEATHS:
            return Rejected(raw, Reason.POISON, f"a worker died {DEATHS} times at this record")
        event: Any = codec.decode(raw)  # told apart by class, which is several times faster here than isinstance
        kind = event.__class__
        if kind is Rejected:
            return event  # type: ignore[no-any-return]
        at = instant_ms(event.time)
        if at > received_at_ms + AHEAD_MS:
            if kind is not wire.ClockTick and codec.split_source(event.source) is None:
                return Rejected(raw, *_NO_PLACE)
            return Rejected(raw, Reason.FUTURE, "time: more than 2 minutes ahead of the receipt")
        if kind is wire.ClockTick:
            self._deliver(inboxes)
            self._tick(at, version)
            return None
        place: Any = self._places.get(event.source) or self._place(event.source)
        if place.__class__ is Rejected:
            return Rejected(raw, place.reason, place.error, place.account, place.source)
        account, source = place
        if kind in _CONTROL:
            self._deliver(inboxes)
            wrong = self._control(account, event, at, version)
            return Rejected(raw, Reason.INVALID, wrong, account.name, source) if wrong else None
        inbox = inboxes.get(account)
        if inbox is None:
            inbox = inboxes[account] = []
        inbox.append((record, version, at, source, event))
        return None

    def _deliver(self, inboxes: dict[Account, list[Incoming]]) -> None:
        for account, inbox in inboxes.items():
            if not account.is_touched:
                self._touch(account)
            try:
                refused = account.fold(inbox, self.tick_ms)
            except BaseException:
                self.folding = account.folding
                raise
            for record, version, source, outcome in refused:
                rejected = Rejected(record.value or b"", *_REFUSED[outcome], account.name, source)
                self._reject(record, rejected, version)
            self.clock_ms = max(self.clock_ms, account.clock)
        inboxes.clear()

    def _control(self, account: Account, event: wire.Event, at: int, version: int) -> str:
        """A record about the account, not about a ticket. What is wrong with it, or nothing."""
        if isinstance(event, wire.AccountConfigured):
            wrong = book.fault_in(event.data)
            if wrong:
                return wrong
            self._touch(account)
            effective = event.data.effective_ms
            if account.clock >= 0:
                # What lies before it is judged by the rules of then.
                account.advance(max(self.tick_ms, at), version)
            account.configure(dated(at if effective is None else effective, event.data), at, version)
        return ""

    def _place(self, source: str) -> tuple[Account, str] | Rejected:
        """The account and the source's name, if they are names and belong here; remembered."""
        names = codec.split_source(source)
        place: tuple[Account, str] | Rejected
        if names is None:
            place = Rejected(b"", *_NO_PLACE)
        elif partition_of(names[0], self._partitions) != self.number:
            where = partition_of(names[0], self._partitions)
            place = Rejected(b"", Reason.WRONG_PARTITION, f"the account belongs in partition {where}", *names)
        else:
            account = self._accounts.get(names[0])
            if account is None:
                account = self._accounts[names[0]] = Account(names[0], self._press)
            place = (account, names[1])
        if len(self._places) > _REMEMBERED:
            self._places.clear()
        self._places[source] = place
        return place

    def _tick(self, at: int, version: int) -> None:
        if at <= self.tick_ms:
            return
        self.tick_ms = at
        self.clock_ms = max(self.clock_ms, at)
        self._requeue()
        while self._due and self._due[0][0] <= at:
            due, name = heappop(self._due)
            if self._queued.get(name) != due:
                continue
            del self._queued[name]
            account = self._accounts[name]
            self._touch(account)
            account.advance(at, version)
        self._requeue()

    def _touch(self, account: Account) -> None:
        account.is_touched = True
        self._touched[account.name] = account

    def _requeue(self) -> None:
        """Put each touched account where its next due instant is."""
        for name, account in self._touched.items():
            due = account.due_at_ms()
            if due is None:
                self._queued.pop(name, None)
            elif self._queued.get(name) != due:
                self._queued[name] = due
                heappush(self._due, (due, name))

    def due_at_ms(self) -> int | None:
        """The earliest instant that something waits for."""
        self._requeue()
        while self._due and self._queued.get(self._due[0][1]) != self._due[0][0]:
            heappop(self._due)
        return self._due[0][0] if self._due else None

    def _reject(self, record: Source, rejected: Rejected, version: int) -> None:
        where = f"{rejected.account}/{rejected.source}" if rejected.account else ""
        headers = {
            "stage": "fold",
            "reason": rejected.reason.value,
            "error": rejected.error,
            "account": rejected.account,
            "source": rejected.source,
            "letter_id": f"{self.log_id}/{self.number}/{record.offset}",
            "at": str(record.received_at_ms),
            "src_topic": "ticket-events",
            "src_partition": str(self.number),
            "src_offset": str(record.offset),
            "version": str(version),
        }
        if len(rejected.raw) > LETTER_BYTES:
            headers["cut_from"] = str(len(rejected.raw))
        encoded = tuple((name, value.encode()) for name, value in headers.items())
        self._said.append(Result("dead-letters", where.encode(), rejected.raw[:LETTER_BYTES], encoded))

    # -- a flush -----------------------------------------------------------------------------------------------------

    def results(self) -> list[Result]:
        """Everything since the last call, with the position; nothing if the position has not moved."""
        if self.position == self._told:
            return []
        said, self._said = self._said, []
        self._requeue()
        for account in self._touched.values():
            said.extend(account.results())
        self._touched = {}
        for offset in [offset for offset in self._deaths if offset <= self.position]:
            del self._deaths[offset]
            said.append(Result("fold-state", f"deaths/{offset}".encode(), None))
        position = PositionRecord(SCHEMA, self.epoch, self.log_id, self.position, self.tick_ms)
        said.append(Result("fold-state", f"position/{self.number}".encode(), _encoder.encode(position)))
        self._told = self.position
        self.pending = 0
        return said

    @property
    def suspects(self) -> frozenset[int]:
        """Offsets at which a fold died before: flush just before them."""
        return frozenset(self._deaths)

    def died_at(self, offset: int) -> list[Result]:
        """What is committed, alone, when a fold raised at `offset`: one more death there."""
        deaths = self._deaths.get(offset, 0) + 1
        return [Result("fold-state", f"deaths/{offset}".encode(), _encoder.encode(deaths))]

    # -- taking over -------------------------------------------------------------------------------------------------

    def restore(self, topic: str, key: bytes, value: bytes | None) -> None:
        """One record of a state topic, in the topic's order; the last of a key holds."""
        self._loading.take(topic, key, value)

    def restored(self) -> None:
        """All of it has been read: the state is that of the position, or it is refused."""
        loading, self._loading = self._loading, Loading(self._press)
        position = loading.position(self.number)
        if position is not None:
            self.position, self.tick_ms = position.offset, position.tick_ms
            self.epoch, self.log_id = position.epoch, position.log_id
            self.clock_ms = position.tick_ms
        self._told = self.position
        self._deaths = {offset: n for offset, n in loading.deaths.items() if offset > self.position}
        furthest, what = loading.furthest
        if furthest > row_version(Epoch(self.epoch), Offset(max(self.position, 0))):
            # Folded again, its events would be repetitions, and what they say would never be told.
            raise StateAheadError(what, int(offset_of(Version(furthest))), self.position)
        for name in loading.names():
            state = loading.accounts.get(name)
            account = self._accounts[name] = Account(name, self._press)
            account.restore(
                state,
                loading.settings.get(name),
                loading.tickets.get(name, {}),
                loading.minutes(name),
                loading.gauges.get(name, set()),
            )
            self.clock_ms = max(self.clock_ms, account.clock)
            self._touched[name] = account
        self._requeue()
        self._touched = {}
