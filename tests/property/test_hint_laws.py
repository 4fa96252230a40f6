"""The hint: for any order of batches, flushes and losses it never passes the committed position, and is never less than before."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.transport import NoReadOffsets, RecordBatchConsumer


class Counting:
    """Who folds: what the consumer asks of it."""

    def __init__(self) -> None:
        self.committed: dict[int, int] = {}

    def hint(self, number: int) -> int | None:
        return None if number not in self.committed else self.committed[number] + 1


def consumer_of(owner: Counting) -> Any:
    consumer: Any = RecordBatchConsumer.__new__(RecordBatchConsumer)
    consumer.owner = owner
    consumer._acked = defaultdict(list)
    consumer._acked_index = defaultdict(set)
    consumer._committed_offset = defaultdict(lambda: None)
    return consumer


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ack"), st.integers(0, 200)),
        st.tuples(st.just("commit"), st.integers(1, 50)),
        st.tuples(st.just("lose"), st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_faust_was_told_is_acked_the_group_hears_of_committed_positions_only(steps: list[tuple[str, int]]) -> None:
    """Acks in any order, of anything, with any holes: Faust's arithmetic over them would commit what was never folded."""
    owner, tp = Counting(), TP("ticket-events", 0)
    consumer = consumer_of(owner)
    position = -1
    for step, number in steps:
        if step == "ack":
            consumer._acked[tp].append(number)
            consumer._acked_index[tp].add(number)
        elif step == "commit":
            position += number
            owner.committed[0] = position
        else:
            owner.committed.pop(0, None)
        offsets = consumer._filter_committable_offsets([tp])
        assert set(offsets) <= {tp}
        assert all(offset == position + 1 and 0 in owner.committed for offset in offsets.values())
        consumer._committed_offset.update(offsets)
        assert not consumer._acked[tp], "Faust's lists do not grow"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1_000))))
def test_whatever_was_read_faust_drops_nothing_for_it(reads: list[tuple[int, int]]) -> None:
    read = NoReadOffsets()
    for partition, offset in reads:
        read[TP("ticket-events", partition)] = offset
        assert read[TP("ticket-events", partition)] is None
    assert len(read) == 0
    read.pop(TP("ticket-events", 0), None)
