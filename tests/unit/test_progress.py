"""Whether a worker is stuck: each line is what was seen of one partition, second by second."""

from __future__ import annotations

from dataclasses import replace

from streams.progress import Seen, Since, Stuck, follow, judge
from streams.settings import Deadlines

DEADLINES = Deadlines(load_s=60, stuck_fetch_s=30, stuck_position_s=90)
IDLE = Seen(partition=0, state="running", position=99, fetched_to=100, log_end=100, read=0, has_work=False)


def judged(*seen: Seen, apart_s: float) -> Stuck | None:
    since: Since | None = None
    now_s = 0.0
    for one in seen:
        since = follow(since, one, now_s)
        now_s += apart_s
    assert since is not None
    return judge(since, now_s - apart_s, DEADLINES, session_timeout_s=10)


def test_nothing_to_do_is_not_stuck() -> None:
    assert judged(IDLE, IDLE, IDLE, apart_s=1_000) is None


def test_a_log_that_is_ahead_of_what_was_fetched_for_too_long_is_stuck() -> None:
    ahead = replace(IDLE, log_end=150)
    assert judged(IDLE, ahead, ahead, ahead, apart_s=9) is None
    assert judged(IDLE, ahead, ahead, ahead, apart_s=16) is Stuck.NOT_FETCHING


def test_slow_fetching_is_progress() -> None:
    steps = [replace(IDLE, log_end=1_000, fetched_to=100 + step) for step in range(10)]
    assert judged(*steps, apart_s=25) is None


def test_a_broker_that_does_not_answer_makes_nobody_stuck() -> None:
    away = replace(IDLE, log_end=None)
    assert judged(IDLE, away, away, apart_s=1_000) is None


def test_work_that_does_not_move_the_position_is_stuck() -> None:
    waiting = replace(IDLE, has_work=True, log_end=150, fetched_to=150)
    assert judged(IDLE, waiting, waiting, apart_s=44) is None
    assert judged(IDLE, waiting, waiting, waiting, apart_s=31) is Stuck.NOT_FOLDING


def test_a_hint_that_stands_still_harms_nobody() -> None:
    """Nothing here knows the group's offset: only the committed position counts."""
    assert "hint" not in Seen.__dataclass_fields__


def test_a_load_is_progress_while_it_reads() -> None:
    reading = [replace(IDLE, state="loading", position=-1, fetched_to=0, read=step) for step in range(10)]
    assert judged(*reading, apart_s=50) is None
    hanging = replace(IDLE, state="loading", position=-1, fetched_to=0, read=5)
    assert judged(hanging, hanging, hanging, apart_s=31) is Stuck.NOT_LOADING


def test_a_load_that_waits_for_its_turn_hangs_no_sooner_than_it_began() -> None:
    queued = replace(IDLE, state="queued", position=-1, fetched_to=0, has_work=True)
    reading = replace(queued, state="loading")
    assert judged(queued, queued, queued, reading, apart_s=59) is None
    assert judged(queued, reading, reading, apart_s=61) is Stuck.NOT_LOADING


def test_a_fenced_partition_that_the_group_still_gives_us_is_stuck() -> None:
    fenced = replace(IDLE, state="fenced")
    assert judged(IDLE, fenced, fenced, apart_s=4) is None
    assert judged(IDLE, fenced, fenced, apart_s=6) is Stuck.FENCED
