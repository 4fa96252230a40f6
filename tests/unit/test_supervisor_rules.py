"""When a part is started again: soon at first, seldom when it keeps dying."""

from __future__ import annotations

from deskpulse.supervisor.part import Backoff

BACKOFF = Backoff(first_s=0.5, most_s=8.0, calm_s=30.0)


def test_each_death_in_a_row_doubles_the_wait_up_to_the_most() -> None:
    assert [BACKOFF.wait_s(deaths) for deaths in (1, 2, 3, 4, 5, 6, 1000)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_a_part_that_ran_long_begins_anew() -> None:
    assert BACKOFF.deaths_in_a_row(7, ran_s=30.0) == 1
    assert BACKOFF.deaths_in_a_row(7, ran_s=29.9) == 8
