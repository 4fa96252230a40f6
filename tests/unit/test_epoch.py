"""Whether the log is the one that was folded."""

from __future__ import annotations

import pytest

from streams.epoch import Log, LogEndsEarlyError, LogStartsLateError, NewLog, SameLog, decide

LOG = Log("cluster/topic", start=0, end=100)


def test_the_log_that_was_folded_is_carried_on_with() -> None:
    assert decide(0, position=60, epoch=3, log_id=LOG.log_id, log=LOG, least_epoch=0) == SameLog()


def test_a_log_that_ends_at_the_position_is_whole() -> None:
    assert decide(0, position=99, epoch=3, log_id=LOG.log_id, log=LOG, least_epoch=0) == SameLog()


def test_a_log_never_seen_begins_an_epoch() -> None:
    assert decide(0, position=-1, epoch=0, log_id="", log=LOG, least_epoch=1) == NewLog(epoch=1, position=-1)


def test_a_log_made_anew_begins_the_next_epoch_even_if_it_is_longer() -> None:
    assert decide(0, position=60, epoch=3, log_id="cluster/former", log=LOG, least_epoch=1) == NewLog(epoch=4, position=-1)


def test_an_epoch_is_above_every_one_the_database_has_rows_of() -> None:
    """The local data was removed, the database was not."""
    assert decide(0, position=-1, epoch=0, log_id="", log=LOG, least_epoch=8) == NewLog(epoch=8, position=-1)


def test_a_new_log_is_folded_from_where_it_begins() -> None:
    assert decide(0, -1, 0, "", Log("cluster/topic", start=40, end=100), least_epoch=1) == NewLog(epoch=1, position=39)


def test_a_log_that_ends_before_the_position_is_refused_by_the_missing_records() -> None:
    with pytest.raises(LogEndsEarlyError, match=r"partition 2: .* records 100 to 120 \(21\) are missing"):
        decide(2, position=120, epoch=3, log_id=LOG.log_id, log=LOG, least_epoch=0)


def test_a_log_that_begins_after_the_position_is_refused_by_the_missing_records() -> None:
    with pytest.raises(LogStartsLateError, match=r"partition 2: .* records 11 to 39 \(29\) are missing"):
        decide(2, position=10, epoch=3, log_id="cluster/topic", log=Log("cluster/topic", start=40, end=100), least_epoch=0)
