"""What keeps a sink from going on: each with a wait of its own, told when it is news."""

from __future__ import annotations

from sinks.retry import Backoff
from sinks.room import ALL_BYTES, LEAST_BYTES, is_tight
from sinks.trouble import Trouble


def trouble() -> Trouble:
    return Trouble(Backoff(first_ms=100, longest_ms=1_000))


def test_each_waits_for_itself_and_longer_each_time() -> None:
    met = trouble()
    met.met("facts", "full", 0)
    met.met("facts", "full", 100)
    met.met("tickets", "full", 150)
    assert [now_ms for now_ms in (200, 249, 250, 299, 300) if met.is_waiting("facts", now_ms)] == [200, 249, 250, 299]
    assert [now_ms for now_ms in (200, 249, 250, 299, 300) if met.is_waiting("tickets", now_ms)] == [200, 249]
    assert not met.is_waiting("alerts", 150)


def test_two_failures_of_one_attempt_count_once() -> None:
    met = trouble()
    met.met("facts", "full", 0)
    met.met("facts", "full", 1)
    assert not met.is_waiting("facts", 100)
    assert met.passed("facts") == 1


def test_the_first_failure_is_news_and_so_is_another_reason() -> None:
    met = trouble()
    assert [met.met("facts", why, at_ms) for at_ms, why in enumerate(("full", "full", "away", "away"))] == [
        True,
        False,
        True,
        False,
    ]


def test_what_passed_is_forgotten_and_the_other_reason_remains() -> None:
    met = trouble()
    met.met("tickets", "away", 0)
    met.met("facts", "full", 0)
    assert (met.why, set(met.named)) == ("full", {"facts", "tickets"})
    assert met.passed("facts") == 1
    assert (met.why, "facts" in met, met.passed("facts")) == ("away", False, 0)


def test_topics_in_trouble_leave_the_others_less_room_but_always_some() -> None:
    assert not is_tight(ALL_BYTES - 1, 0)
    assert is_tight(ALL_BYTES - 1, 1)
    assert not is_tight(LEAST_BYTES - 1, ALL_BYTES)
    assert is_tight(LEAST_BYTES, ALL_BYTES)
