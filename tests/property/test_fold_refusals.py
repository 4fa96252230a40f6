"""What the fold refuses, it keeps: a dead letter with the bytes and the reason, and the next record is folded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.partition import LETTER_BYTES
from tests.fold_adapter import folded, sources
from tests.log_strategies import NO_EVENTS, START_MS
from tests.oracle.log import recompute
from tests.property.test_fold_laws import fresh
from tests.timeline import Record


@given(values=st.lists(st.binary(max_size=40) | st.sampled_from([value for value, _ in NO_EVENTS]), max_size=10))
def test_any_bytes_are_a_dead_letter_that_holds_them(values: list[bytes | None]) -> None:
    partition = fresh()
    partition.fold(sources([(offset, START_MS, b"?", value) for offset, value in enumerate(values)]))
    assert partition.position == len(values) - 1
    letters = [result for result in partition.results() if result.topic == "dead-letters"]
    assert [letter.value or b"" for letter in letters] == [value or b"" for value in values]


@pytest.mark.parametrize(("value", "reason"), NO_EVENTS)
def test_what_is_no_event_has_its_reason(value: bytes | None, reason: str) -> None:
    records: list[Record] = [(0, START_MS, b"?", value)]
    assert recompute(records).rejects == {0: reason}
    assert folded(records).rejects == {0: reason}


def test_somebody_elses_record_that_no_letter_could_hold_is_cut_and_says_from_how_much() -> None:
    """Its producer compressed it, so the broker took it. The log keeps all of it, and the letter says where."""
    value = b'{"comment": "' + b"x" * 3_000_000 + b'"}'
    partition = fresh()
    partition.fold(sources([(0, START_MS, b"?", value)]))
    (letter,) = [result for result in partition.results() if result.topic == "dead-letters"]
    assert letter.value == value[:LETTER_BYTES]
    said = dict(letter.headers)
    assert (said["reason"], said["cut_from"], said["src_offset"]) == (b"too_large", str(len(value)).encode(), b"0")
