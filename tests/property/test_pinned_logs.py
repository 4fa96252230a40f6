"""Logs that once told fold and oracle apart, or one way of cutting from another; each stands for the rule it broke."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fold_adapter import sources
from tests.log_strategies import NUMBER, PARTITIONS
from tests.oracle.log import recompute
from tests.property.test_fold_laws import differences, fresh, known, run
from tests.timeline import Timeline

RULE: dict[str, Any] = {
    "id": "drift",
    "metric": "frt_human",
    "window_minutes": 1,
    "n_min": 1,
    "hits": 1,
    "of_minutes": 1,
    "floor_ms": 0,
    "baseline_ms": 60_000,
}


def told(t: Timeline) -> None:
    """However the log is cut and taken over, the fold says what the oracle says."""
    records = t.records()
    expected = recompute(records, NUMBER, PARTITIONS)
    every = range(len(records))
    assert differences(expected, known(records)) == []
    assert differences(expected, run(records, every)[0].known()) == []
    assert differences(expected, run(records, every, resume=True)[0].known()) == []


def test_a_tick_counts_before_settings_that_follow_it() -> None:
    """It had closed no minute of this account, yet its clock stands there: that is when the rule's episode ends."""
    t = Timeline("2025-03-29")
    t.at("10:00").configured(effective_ms=0, rules=[RULE], grace_ms=0)
    t.at("10:00").opened()
    t.at("10:10").agent()
    t.at("10:11:30").tick()
    t.at("10:11:50").tick()
    t.at("10:11:40").received("10:12").configured(rules=[], grace_ms=0)
    told(t)
    resolved = [alert for alert in known(t.records()).alerts.values() if alert["state"] == "resolved"]
    assert [alert["resolved_at"] for alert in resolved] == [t.ms("10:11:50")]


def test_a_tick_closes_minutes_under_the_grace_of_its_time() -> None:
    """A longer grace that is read later opens none of them again."""
    t = Timeline("2025-03-29")
    t.at("10:00").configured(effective_ms=0, grace_ms=0)
    t.at("10:00").opened("1")
    t.at("10:00").resolved("1")
    t.at("10:02").ordered()
    t.at("12:00").tick()
    t.at("12:00").configured(grace_ms=3_600_000)
    t.at("11:30").received("12:00").opened("2")
    t.at("13:02").tick()
    told(t)
    assert ("acme", "waiting_now", "total", "", t.ms("11:30") // 60_000) not in known(t.records()).windows


def test_a_rule_that_comes_later_judges_the_windows_that_are_there() -> None:
    t = Timeline("2025-03-29")
    t.at("10:00").configured(effective_ms=0, rules=[], grace_ms=0)
    t.at("10:00").opened()
    t.at("10:05").agent()
    t.at("10:06").ordered()
    t.at("10:08").configured(rules=[{**RULE, "window_minutes": 10}], grace_ms=0)
    t.at("10:20").tick()
    told(t)
    assert [alert["opened_at"] for alert in known(t.records()).alerts.values()] == [t.ms("10:09")]


def test_an_episode_over_a_baseline_of_nothing_ends_when_nothing_is_waited_for() -> None:
    t = Timeline("2025-03-29")
    rule = {
        "id": "r",
        "metric": "frt_human",
        "n_min": 1,
        "n_base": 1,
        "hits": 1,
        "of_minutes": 1,
        "floor_ms": 0,
        "window_minutes": 1,
    }
    t.at("09:00").configured(effective_ms=0, rules=[rule])
    t.at("10:00").opened("z")
    t.at("10:00").agent("z")
    t.at("10:02").opened("a")
    t.at("10:03").agent("a")
    for minute in range(5, 20):
        t.at(f"10:{minute:02}").opened(f"x{minute}")
        t.at(f"10:{minute:02}").agent(f"x{minute}")
    t.at("10:25").tick()
    told(t)
    assert {alert["state"] for alert in known(t.records()).alerts.values()} == {"firing", "resolved"}


@pytest.mark.parametrize("neighbour", [False, True])
def test_a_rule_judges_no_minute_before_it_was_read_whoever_ticks_in_the_partition(neighbour: bool) -> None:  # noqa: FBT001
    t = Timeline("2025-03-29")
    t.at("10:00").configured(effective_ms=0, rules=[], grace_ms=0)
    t.at("10:00").opened()
    t.at("10:05").agent()
    if neighbour:
        t.at("10:07:30").tick()
    t.at("10:08").configured(rules=[{**RULE, "window_minutes": 10}], grace_ms=0)
    t.at("10:20").tick()
    told(t)
    assert [alert["opened_at"] for alert in known(t.records()).alerts.values()] == [t.ms("10:09")]


def test_a_minute_that_expires_before_it_was_told_is_told() -> None:
    """The second event ends the life of the first one's minute within one flush."""
    t = Timeline("2025-03-29")
    t.at("10:00").resolved("1")
    t.at("2025-03-31 10:00").received("2025-03-31 10:00").opened("2")
    told(t)


def test_a_change_that_was_taken_back_makes_no_minute_watched() -> None:
    """Once by an earlier event that makes it none, once by two late events that cancel out."""
    t = Timeline("2025-03-29")
    t.at("10:00").customer("1", public=False)
    t.at("2025-03-27 09:00").received("10:00").replied("system", "1")
    t.at("10:10").ordered()
    t.at("10:01").received("10:10").opened("2")
    t.at("10:02").received("10:10").resolved("2")
    t.at("10:20").tick()
    told(t)


def test_settings_dated_before_facts_restate_them_when_the_ticket_is_touched() -> None:
    t = Timeline("2025-03-29")
    t.at("10:00").opened()
    t.at("10:05").agent()
    t.at("10:06").configured(
        effective_ms=t.ms("09:00"), zone="Asia/Kolkata", targets=[{"metric": "frt_human", "target_ms": 60_000}]
    )
    told(t)
    t.at("10:07").customer()
    told(t)


def test_a_message_after_the_resolution_reopened_nothing() -> None:
    """So the reply to it says nothing of how long the reopening waited."""
    t = Timeline("2025-03-29")
    t.at("10:00").reopened()
    t.at("10:05").resolved()
    t.at("10:05").customer(sequence=1)
    t.at("10:08").agent()
    told(t)
    assert not [fact for fact in known(t.records()).facts if "reopen_response_time" in fact]


@pytest.mark.parametrize("gap_days", [1, 3, 46])
def test_a_silent_account_catches_up_to_the_same_end(gap_days: int) -> None:
    """A waiting ticket and an open episode, then nothing for days."""
    t = Timeline("2025-01-01")
    t.at("09:00").configured(effective_ms=0, rules=[RULE])
    t.at("10:00").opened("1")
    t.at("10:00").opened("2")
    t.at("10:05").agent("1")
    t.at("10:07").ordered()
    t.at_ms(t.ms("10:07") + gap_days * 86_400_000).ordered()
    told(t)


def test_a_fold_of_nothing_changes_nothing() -> None:
    _, state, partition = run([])
    assert partition.position == -1
    assert [key for topic, key in state.records if topic != "fold-state"] == []


def test_a_display_name_changes_no_number_and_moves_no_clock() -> None:
    with_names, without = Timeline("2025-03-29"), Timeline("2025-03-29")
    for t in (with_names, without):
        t.at("10:00").configured(effective_ms=0, grace_ms=0)
        t.at("10:00").opened()
        if t is with_names:
            t.at("10:30").called("Ana Field")
        t.at("10:05").agent(agent="ana")
        t.at("10:20").tick()
        told(t)
    named, plain = known(with_names.records()), known(without.records())
    assert (named.rejects, plain.rejects) == ({}, {})
    assert named.facts == plain.facts
    assert named.windows == plain.windows
    assert len(named.facts) > 1


def test_what_a_shorter_grace_makes_due_in_the_past_is_due_at_the_next_instant() -> None:
    """An instant that has come closes nothing more: a tick at it would be dropped, and asked for again for ever."""
    t = Timeline("2025-03-29")
    t.at("22:50").tick()
    t.at("22:50").opened()
    t.at("22:50").configured(effective_ms=0, grace_ms=0)
    partition = fresh()
    partition.fold(sources(t.records()))
    assert partition.due_at_ms() == t.ms("22:50") + 1
    told(t)


def test_a_closed_ticket_leaves_on_the_day_it_is_of_whatever_was_flushed_before() -> None:
    """It changed on the day after the one it was put aside under, and the clock jumps to when only that one is past."""
    t = Timeline("2025-05-15")
    t.at("22:49").opened("2")
    t.at("22:50").removed("2")
    t.at("2025-05-16 22:49").opened("2")
    t.at("2025-06-30 22:49:25").opened("1")
    told(t)
    records = t.records()
    whole = run(records)[1].meaning
    for cut in range(len(records)):
        assert run(records, [cut])[1].meaning == whole
        assert run(records, [cut], resume=True)[1].meaning == whole
