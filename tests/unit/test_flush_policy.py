"""When a flush is due."""

from __future__ import annotations

from streams.flush import FlushPolicies, FlushPolicy

POLICY = FlushPolicy(max_results=100, max_wait_ms=200)


def test_enough_results_are_flushed_at_once() -> None:
    assert POLICY.is_due(results=100, opened_at_ms=1_000, now_ms=1_000)
    assert not POLICY.is_due(results=99, opened_at_ms=1_000, now_ms=1_199)


def test_what_waited_long_enough_is_flushed() -> None:
    assert POLICY.is_due(results=1, opened_at_ms=1_000, now_ms=1_200)
    assert POLICY.wait_ms(opened_at_ms=1_000, now_ms=1_050) == 150
    assert POLICY.wait_ms(opened_at_ms=1_000, now_ms=9_000) == 0


def test_a_partition_that_keeps_up_flushes_at_most_five_times_a_second() -> None:
    policy = FlushPolicies().of(lag=10)
    flushes, opened_at_ms = 0, -10_000
    for now_ms in range(1_000):
        if policy.is_due(results=10, opened_at_ms=opened_at_ms, now_ms=now_ms):
            flushes, opened_at_ms = flushes + 1, now_ms
    assert flushes == 5


def test_a_partition_that_is_behind_flushes_larger() -> None:
    policies = FlushPolicies()
    assert policies.of(lag=policies.behind_from - 1) is policies.live
    assert policies.of(lag=policies.behind_from) is policies.behind
    assert policies.behind.max_wait_ms > policies.live.max_wait_ms
