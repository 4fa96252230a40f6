"""Where a sink begins: each line is what the group has, what the topic holds, and what follows."""

from __future__ import annotations

import pytest

from sinks.faults import OffsetGoneError, OtherDatabaseError
from sinks.start import Committed, noted, starting_offset

HERE = noted("topic-a", "db-1")


def start(committed: Committed, low: int = 0, high: int = 100, here: str = HERE) -> int:
    return starting_offset("facts", 2, committed, here, low, high)


def test_it_goes_on_where_the_group_stands() -> None:
    assert start(Committed(40, HERE)) == 40
    assert start(Committed(40, HERE), low=40, high=40) == 40


def test_a_new_group_begins_at_the_beginning_or_not_at_all() -> None:
    assert start(Committed(None)) == 0
    with pytest.raises(OffsetGoneError):
        start(Committed(None), low=1)


def test_a_topic_made_anew_begins_anew() -> None:
    assert start(Committed(40, noted("topic-b", "db-1"))) == 0


def test_a_database_that_has_none_of_it_gets_all_of_it() -> None:
    assert start(Committed(40, noted("topic-a", "db-2"))) == 0


def test_a_database_that_cannot_get_all_of_it_is_refused_in_words() -> None:
    with pytest.raises(OtherDatabaseError, match="nothing before 7 any more"):
        start(Committed(40, noted("topic-a", "db-2")), low=7)


def test_what_an_older_release_noted_counts_for_any_database() -> None:
    assert start(Committed(40, "topic-a")) == 40
    assert start(Committed(40, "")) == 40


@pytest.mark.parametrize(("low", "high"), [(41, 100), (0, 39)])
def test_what_the_topic_no_longer_holds_is_not_skipped(low: int, high: int) -> None:
    with pytest.raises(OffsetGoneError):
        start(Committed(40, HERE), low, high)
