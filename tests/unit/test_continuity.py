"""Whether a batch follows the position, and how it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.continuity import Follows, Jump, Repeat, Slice, place, slices

# position 9:   ... 7 8 9 | 10 11 12 ...


def test_a_batch_at_or_below_the_position_is_a_repeat() -> None:
    assert place(position=9, first=5, last=9) == Repeat()
    assert place(position=9, first=0, last=3) == Repeat()


def test_the_next_record_follows() -> None:
    assert place(position=9, first=10, last=12) == Follows(skip=0)
    assert place(position=-1, first=0, last=0) == Follows(skip=0)


def test_the_known_part_of_a_batch_is_skipped() -> None:
    assert place(position=9, first=7, last=12) == Follows(skip=3)


def test_a_batch_beyond_the_next_record_is_a_jump_with_the_number_of_the_missing() -> None:
    assert place(position=9, first=11, last=12) == Jump(missing=1)
    assert place(position=-1, first=50, last=60) == Jump(missing=50)


def test_a_batch_is_cut_into_turns() -> None:
    assert list(slices(first=100, count=5, size=2, suspects=frozenset())) == [
        Slice(0, 2, flush_before=False),
        Slice(2, 4, flush_before=False),
        Slice(4, 5, flush_before=False),
    ]


def test_a_turn_begins_at_a_suspect_after_a_flush() -> None:
    assert list(slices(first=100, count=5, size=10, suspects=frozenset({102, 999}))) == [
        Slice(0, 2, flush_before=False),
        Slice(2, 5, flush_before=True),
    ]
    assert next(slices(first=100, count=5, size=10, suspects=frozenset({100}))) == Slice(0, 5, flush_before=True)


@given(
    first=st.integers(0, 1_000),
    count=st.integers(0, 60),
    size=st.integers(1, 20),
    suspects=st.frozensets(st.integers(0, 1_100), max_size=8),
)
def test_turns_cover_a_batch_once_in_order_and_every_suspect_begins_one(
    first: int, count: int, size: int, suspects: frozenset[int]
) -> None:
    turns = list(slices(first, count, size, suspects))
    assert [index for turn in turns for index in range(turn.start, turn.stop)] == list(range(count))
    assert all(0 < turn.stop - turn.start <= size for turn in turns)
    begun = {first + turn.start for turn in turns if turn.flush_before}
    assert begun == {offset for offset in suspects if first <= offset < first + count}


@given(st.integers(-1, 100), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), max_size=30))
def test_whatever_is_delivered_every_offset_is_folded_once_in_order(position: int, batches: list[tuple[int, int]]) -> None:
    """Redelivery, overlap and jumps in any order: the position advances by one record at a time, or not at all."""
    folded: list[int] = []
    start = position
    for first, more in batches:
        match place(position, first, first + more):
            case Follows(skip):
                folded += range(first + skip, first + more + 1)
                position = first + more
            case Repeat() | Jump():
                pass
    assert folded == list(range(start + 1, start + 1 + len(folded)))
