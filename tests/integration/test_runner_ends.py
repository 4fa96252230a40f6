"""How a runner ends, on a real broker: it lets go, is fenced, or its fold dies."""

from __future__ import annotations

import asyncio

import pytest

from streams.faults import FoldDiedError
from streams.producer import Outcome
from streams.results import Source as Record
from streams.runner import State
from tests.integration.driven_runner import Driven, Place, drive, until

pytestmark = pytest.mark.kafka


def test_letting_go_finishes_the_flush_and_keeps_exactly_what_was_committed(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(10, 19)  # within 200 ms of the flush before: it waits
        await until(lambda: driven.runner.fold is not None and driven.runner.fold.position == 19)

    kept = drive(place, script)
    assert kept is not None
    assert place.counted().positions == [9, 19]
    read: list[int] = []

    async def back(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        read.append(driven.runner.read)
        assert driven.sought == [20]

    assert drive(place, back, kept) is kept
    assert read == [0], "memory was the latest: nothing is loaded"


def test_a_fenced_runner_writes_nothing_hints_nothing_and_keeps_nothing(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        await asyncio.to_thread(place.take_elsewhere)
        driven.offer(10, 19)
        await until(lambda: driven.runner.state is State.FENCED)
        assert driven.runner.hint is None
        assert driven.acked == [9]

    assert drive(place, script) is None
    assert place.counted().positions == [9]


def test_a_load_that_is_let_go_ends_without_a_state(place: Place) -> None:
    async def script(_driven: Driven) -> None:
        await asyncio.sleep(0)

    assert drive(place, script) is None


def test_a_fold_that_raises_commits_only_the_place_of_its_death(place: Place) -> None:
    async def script(driven: Driven) -> None:
        driven.offer(0, 9)
        await until(lambda: driven.runner.committed == 9)
        driven.offer(10, 14)
        driven.offer(15, 15, value=b"poison")
        await asyncio.Event().wait()

    with pytest.raises(FoldDiedError, match="offset 15"):
        drive(place, script)
    assert place.counted().positions in ([9], [9, 14]), "what died with it was abandoned"
    keys = [message.key() for message in place.records("fold-state")]
    assert keys[-1] == b"deaths/15"


def test_what_stands_before_a_suspect_is_committed_before_it_is_folded_and_the_third_death_is_the_last(
    place: Place,
) -> None:
    async def script(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        fetched = [Record(offset, 0, b"account-0", b"poison" if offset == 5 else b"x") for offset in range(10)]
        driven.offer_records(fetched, driven.runner.seeks)
        await until(lambda: driven.runner.committed == 9)

    for death in range(3):
        with pytest.raises(FoldDiedError, match="offset 5"):
            drive(place, script)
        assert place.counted().positions == ([4] if death else [])
    drive(place, script)
    assert place.counted().positions[-1] == 9
    (letter,) = place.records("dead-letters")
    assert dict(letter.headers() or ()) == {"reason": b"poison", "src_offset": b"5"}


def test_a_fenced_death_is_not_written(place: Place) -> None:
    """Its new owner will meet the record itself."""

    async def script(driven: Driven) -> None:
        await until(lambda: driven.runner.state is State.RUNNING)
        taken = await asyncio.to_thread(place.take_elsewhere)
        assert taken.producer.commit([]) is Outcome.COMMITTED
        driven.offer(0, 0, value=b"poison")
        await asyncio.Event().wait()

    with pytest.raises(FoldDiedError):
        drive(place, script)
    assert place.records("fold-state") == []
