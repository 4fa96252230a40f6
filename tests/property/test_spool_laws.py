"""Laws of the spool: what was written is read up to the first damage and nothing is invented; an account's deliveries keep their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.counters import Counters
from ingest.record import DURABLE, Outcome, Record
from ingest.settings import SpoolSettings
from ingest.spool import drain
from ingest.spool.frames import decode, encode
from ingest.spool.shelter import Shelter

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
records = st.lists(
    st.builds(
        Record,
        st.sampled_from(["ticket-events", "dead-letters"]),
        _text,
        st.binary(max_size=20),
        st.binary(max_size=200),
        st.integers(0, 2**53),
        st.lists(st.tuples(_text, st.binary(max_size=20)), max_size=3).map(tuple),
    ),
    max_size=6,
)


def _ends(written: Sequence[Record]) -> list[int]:
    """Of each frame, in bytes from the start."""
    ends = [0]
    for record in written:
        ends.append(ends[-1] + len(encode(record)))
    return ends


@given(written=records)
def test_what_was_written_is_read(written: list[Record]) -> None:
    data = b"".join(map(encode, written))
    read = decode(data)
    assert (read.records, read.good_bytes) == (written, len(data))


@given(written=records, data=st.data())
def test_of_a_torn_file_every_whole_record_is_read(written: list[Record], data: st.DataObject) -> None:
    whole = b"".join(map(encode, written))
    length = data.draw(st.integers(0, len(whole)))
    count = sum(end <= length for end in _ends(written)) - 1
    read = decode(whole[:length])
    assert (read.records, read.good_bytes) == (written[:count], _ends(written)[count])


@given(written=records.filter(bool), data=st.data())
def test_a_flipped_bit_ends_the_reading_at_its_record(written: list[Record], data: st.DataObject) -> None:
    whole = bytearray(b"".join(map(encode, written)))
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    whole[at] ^= 1 << bit
    count = sum(end <= at for end in _ends(written)) - 1
    assert decode(bytes(whole)).records == written[:count]


@given(written=records, noise=st.binary(max_size=300) | st.integers(0, 300).map(bytes))
def test_what_stands_behind_the_records_is_no_record(written: list[Record], noise: bytes) -> None:
    whole = b"".join(map(encode, written))
    read = decode(whole + noise)
    assert (read.records, read.good_bytes) == (written, len(whole))


@given(written=records.filter(bool), inner=records.filter(bool), data=st.data())
def test_records_inside_a_damaged_one_are_not_found(written: list[Record], inner: list[Record], data: st.DataObject) -> None:
    """A delivery's bytes are whatever its sender liked, frames of ours among them."""
    forged = Record("dead-letters", "acme", b"acme", b"".join(map(encode, inner)), 0)
    whole = bytearray(b"".join(map(encode, [*written, forged])))
    start = _ends(written)[-1]
    whole[data.draw(st.integers(start, len(whole) - 1))] ^= 1
    assert decode(bytes(whole)).records == written


class WaveringLog:
    """Takes records in the order in which it is given them, as one producer does, and is away at times.

    What it was given meanwhile is answered as AWAY when whoever gave it has waited long enough. It arrives all the same, late, unless it
    was given up by then, which takes much longer than waiting does.
    """

    def __init__(self) -> None:
        self.log: list[Record] = []
        self._queued: list[Record] = []
        self._waiting: list[asyncio.Future[Outcome]] = []
        self._is_there = True
        self._is_known_to_be = True

    async def append(self, records: Sequence[Record]) -> Outcome:
        if self._is_there:
            self.log += records
            await asyncio.sleep(0)
            return Outcome.APPENDED
        self._queued += records
        self._waiting.append(asyncio.get_running_loop().create_future())
        return await self._waiting[-1]

    def leaves(self, *, is_noticed: bool) -> None:
        self._is_there = False
        self._is_known_to_be = not is_noticed

    async def is_waited_for(self) -> None:
        """As long as anybody waits."""
        for waiting in self._waiting:
            waiting.set_result(Outcome.AWAY)
        self._waiting.clear()
        await _settled()

    async def returns(self, *, gave_up: bool) -> None:
        await _settled()
        while gave_up and self._waiting:
            await self.is_waited_for()
        if gave_up:
            self._queued.clear()
        self.log += self._queued
        self._queued.clear()
        self._is_there = self._is_known_to_be = True
        # The confirmations of what arrived may have been lost.
        await self.is_waited_for()

    def is_reachable(self) -> bool:
        return self._is_known_to_be

    async def open(self) -> None: ...

    async def close(self) -> None: ...


async def _settled() -> None:
    """Everybody who can go on has gone on; only the disk may be at work."""
    for _ in range(20):
        await asyncio.sleep(0)


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("delivery"), st.sampled_from(["acme", "bolt"])),
        st.tuples(st.just("leaves"), st.booleans()),
        st.tuples(st.just("is waited for"), st.just(0)),
        st.tuples(st.just("returns"), st.booleans()),
        st.tuples(st.just("time passes"), st.integers(0, 3)),
    ),
    min_size=10,
    max_size=60,
)


@settings(max_examples=40)
@given(steps=_steps)
def test_each_accounts_deliveries_first_stand_in_the_log_in_the_order_in_which_they_came(steps: list[tuple[str, object]]) -> None:
    with TemporaryDirectory() as folder, patch.object(drain, "LOOK_S", 0.001):
        given, answered, log = asyncio.run(_play(steps, Path(folder)))
    for account, numbers in given.items():
        appended = [int(record.value) for record in log if record.account == account]
        first = list(dict.fromkeys(appended))
        assert first == sorted(first)
        assert {number for number in numbers if answered[number]} <= set(first) <= set(numbers)


async def _play(steps: list[tuple[str, object]], folder: Path) -> tuple[dict[str, list[int]], dict[int, bool], list[Record]]:
    log, given, answered = WaveringLog(), {"acme": list[int](), "bolt": list[int]()}, dict[int, bool]()
    shelter = Shelter(SpoolSettings(folder, segment_bytes=200, drain_records=2), log, Counters())
    await shelter.open()

    async def deliver(number: int, account: str) -> None:
        answered[number] = await shelter.append([Record("ticket-events", account, b"", b"%d" % number, number)]) in DURABLE

    under_way = []
    for number, (step, how) in enumerate(steps):
        match step:
            case "delivery":
                given[str(how)].append(number)
                under_way.append(asyncio.create_task(deliver(number, str(how))))
                await asyncio.sleep(0)
            case "leaves":
                log.leaves(is_noticed=bool(how))
            case "is waited for":
                await log.is_waited_for()
            case "returns":
                await log.returns(gave_up=bool(how))
            case _:
                await asyncio.sleep(int(str(how)) / 1000)
    await log.returns(gave_up=True)
    await asyncio.gather(*under_way)
    async with asyncio.timeout(10):
        while shelter.spool.ledger.records:  # noqa: ASYNC110 - nobody sets an event
            await asyncio.sleep(0.002)
    await shelter.close()
    assert list(folder.glob("*.segment")) == []
    assert all(answered.values()), "the disk was well all the time"
    return given, answered, log.log
