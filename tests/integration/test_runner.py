"""One partition from batches to committed flushes, on a real broker: continuity, flushes, acks, the hint."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from streams.batch import HoleError
from streams.faults import JumpError
from streams.results import Source as Record
from streams.runner import State
from tests.integration.driven_runner import Driven, Passed, Place, drive, until

pytestmark = pytest.mark.kafka


def test_batches_are_folded_committed_and_only_then_acked_and_hinted(place: Place) -> None:
    async def script(driven: Driven) -> None:
        assert driven.runner.hint is None, "nothing is known before the load"
        await until(lambda: driven.runner.state is State.RUNNING)
        assert driven.sought == [0], "the load is followed by a seek to position + 1"
        driven.offer(0, 9)
        driven.offer(10, 29)
        await until(lambda: driven.runner.committed == 29)
        assert driven.acked == [9, 29]
        assert driven.runner.hint == 30

    kept = drive(place, script)
    assert kept is not None
    assert kept.position == 29
    assert place.counted().added.total() == 30


def test_repeats_are_dropped_in_silence_and_overlaps_are_folded_from_the_next_record(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        driven.offer(0, 9)
        driven.offer(5, 14)
        driven.offer(0, 12)
        driven.offer(15, 15)
        await until(lambda: driven.runner.committed == 15 and len(driven.acked) == 5)
        assert driven.sought == [0]

    drive(place, script)
    assert place.counted().added.total() == 16


def test_a_jump_is_sought_back_once_and_what_follows_goes_on(place: Place) -> None:
    """A worker that slept may be handed a batch beyond the next record: its consumer had fetched ahead."""

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        stale = driven.runner.seeks
        driven.offer(50, 59, seeks=stale)
        driven.offer(60, 69, seeks=stale)
        await until(lambda: driven.sought == [0, 10])
        driven.offer(70, 79, seeks=stale)
        driven.offer(10, 19)
        await until(lambda: driven.runner.committed == 19)
        driven.offer(30, 39)
        await until(lambda: driven.sought == [0, 10, 20])
        assert 59 not in driven.acked

    drive(place, script)
    assert place.counted().added.total() == 20


def test_a_jump_that_stays_stops_with_the_number_of_missing_records(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(50, 59)
        await until(lambda: driven.sought == [0, 10])
        driven.offer(50, 59)
        await asyncio.Event().wait()

    with pytest.raises(JumpError, match="40 records are missing after offset 9"):
        drive(place, script)
    assert place.counted().positions == [9]


def test_a_hole_within_a_fetch_is_refused(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer_records([Record(0, 0, b"a", b""), Record(2, 0, b"a", b"")], 0)
        await asyncio.Event().wait()

    with pytest.raises(HoleError, match="1 are missing"):
        drive(place, script)


def test_a_flush_is_one_transaction_with_its_position_and_all_it_caused(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 99)
        await until(lambda: driven.runner.committed == 99)

    drive(place, script)
    counted = place.counted()
    assert counted.positions == [99]
    assert counted.latest == {"account-0": 34, "account-1": 33, "account-2": 33}
    assert counted.added == counted.latest


def test_an_unmoved_position_is_not_flushed(place: Place) -> None:
    passed = Passed()

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(0, 9)
        await until(lambda: len(driven.acked) == 2)

    drive(replace(place, settings=replace(place.settings, crash_points=passed)), script)
    assert passed.points.count("after_fold") == 1


def test_the_points_of_a_flush_are_passed_in_their_order(place: Place) -> None:
    passed = Passed()

    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)

    drive(replace(place, settings=replace(place.settings, crash_points=passed)), script)
    assert passed.points == ["after_fold", "inside_commit", "before_ack", "during_drain"]
