"""Should this go out, and why? Told in terms of people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sinks import alert as alerts
from sinks.alert import Alert
from sinks.notifiers.decide import EXPIRES_MS, SUPERSEDED_MS, Decision, Status, again_in_ms, decide
from sinks.notifiers.outbox import Outbox

AT = 1_741_082_880_000


def message(
    seq: int = 1, state: str = "firing", episode: str = "ep_1", *, at_ms: int = AT, account: str = "acme", **more: Any
) -> bytes:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
    body = {
        "type": "alert.resolved" if state == "resolved" else "alert.opened",
        "timestamp": at,
        "data": {
            "episode_id": episode, "alert_key": "ak_1", "seq": seq, "state": state, "severity": "warning", "historical": False,
            "rule": {"id": "frt-drift", "version": 1}, "account": account, "metric": "frt_human", "labels": {"channel": "chat"},
            "direction": "up", "opened_at": "2025-03-04T10:08:00Z", "resolved_at": at if state == "resolved" else None,
            "summary": "FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)",
        } | more,
    }  # fmt: skip
    return json.dumps(body, separators=(",", ":")).encode()


def alert(seq: int = 1, state: str = "firing", **more: Any) -> Alert:
    return alerts.read(message(seq, state, **more))


def test_nobody_was_told_so_they_are_told() -> None:
    assert decide(alert(), {}, None, AT) is Decision.FIRST
    assert Decision.FIRST.is_sent


def test_whoever_was_told_that_it_began_is_told_that_it_ended() -> None:
    assert decide(alert(2, "resolved"), {1: Status.DELIVERED}, None, AT + 10 * EXPIRES_MS) is Decision.RESOLVE
    assert Decision.RESOLVE.is_sent


@pytest.mark.parametrize("opening", [{}, {1: Status.EXPIRED}, {1: Status.SUPERSEDED}, {1: Status.GAVE_UP}], ids=str)
def test_whoever_never_heard_that_it_began_is_not_told_that_it_ended(opening: dict[int, Status]) -> None:
    assert decide(alert(2, "resolved"), opening, None, AT) is Decision.NEVER_TOLD


def test_nobody_is_told_twice() -> None:
    assert decide(alert(), {1: Status.DELIVERED}, None, AT) is Decision.ALREADY_DELIVERED
    assert decide(alert(), {1: Status.GAVE_UP}, None, AT) is Decision.ALREADY_SETTLED
    assert decide(alert(2, "resolved"), {1: Status.DELIVERED, 2: Status.DELIVERED}, None, AT) is Decision.ALREADY_DELIVERED


def test_history_is_told_to_nobody_and_leaves_no_record() -> None:
    decision = decide(alert(historical=True), {}, None, AT)
    assert decision is Decision.HISTORICAL
    assert (decision.is_sent, decision.status) == (False, None)


def test_an_opening_is_old_news_ten_minutes_after_it_ended() -> None:
    ended = AT + 60_000
    assert decide(alert(), {}, ended, ended + SUPERSEDED_MS - 1) is Decision.FIRST
    assert decide(alert(), {}, ended, ended + SUPERSEDED_MS) is Decision.SUPERSEDED


def test_an_opening_expires_after_an_hour_whatever_was_tried_and_whenever_it_was_restarted() -> None:
    assert decide(alert(), {}, None, AT + EXPIRES_MS) is Decision.FIRST
    assert decide(alert(), {}, None, AT + EXPIRES_MS + 1) is Decision.EXPIRED


@pytest.mark.parametrize(
    ("age_m", "delay_m", "asked_m", "again_m"),
    [(0, 5, 0, 5), (30, 90, 0, 29), (30, 90, 45, 45), (59, 180, 0, 1), (70, 180, 0, 0)],
    ids=["as scheduled", "in the last minute", "as the receiver asks", "to be settled", "to be settled at once"],
)
def test_an_opening_is_tried_once_more_before_it_expires(age_m: int, delay_m: int, asked_m: int, again_m: int) -> None:
    minute = 60_000
    again = again_in_ms(alert(), delay_m * minute, asked_m * minute, AT + age_m * minute)
    assert round(again / minute, 3) == again_m
    assert again_in_ms(alert(2, "resolved"), delay_m * minute, 0, AT + age_m * minute) == delay_m * minute


def test_a_receiver_that_is_gone_is_let_be() -> None:
    assert decide(alert(), {}, None, AT, is_disabled=True) is Decision.DISABLED


def test_every_decision_explains_itself_and_what_is_not_sent_says_how_it_ended() -> None:
    assert all(decision.value for decision in Decision)
    unrecorded = {decision for decision in Decision if not decision.is_sent and decision.status is None}
    assert unrecorded == {Decision.HISTORICAL, Decision.ALREADY_DELIVERED, Decision.ALREADY_SETTLED}


# the outbox


def filled(*transitions: tuple[int, str, str]) -> Outbox:
    """Of (seq, state, episode), at offsets 10, 11, ..., for the destination `hook`."""
    outbox = Outbox()
    for offset, (seq, state, episode) in enumerate(transitions, start=10):
        raw = message(seq, state, episode)
        outbox.add(alerts.read(raw), raw, ["hook"], 0, offset)
    return outbox


def test_transitions_of_an_episode_go_in_order_and_episodes_side_by_side() -> None:
    outbox = filled((1, "firing", "ep_1"), (2, "resolved", "ep_1"), (1, "firing", "ep_2"))
    first, other = outbox.due(0)
    assert [first.alert.send_id, other.alert.send_id] == ["ep_1-1", "ep_2-1"]
    outbox.settle(first)
    assert [waiting.alert.send_id for waiting in outbox.due(0)] == ["ep_1-2", "ep_2-1"]


def test_what_waits_or_is_under_way_is_not_due() -> None:
    outbox = filled((1, "firing", "ep_1"), (1, "firing", "ep_2"))
    first, other = outbox.due(0)
    first.due_ms, other.is_in_flight = 5_000, True
    assert outbox.due(4_999) == []
    assert outbox.due(5_000) == [first]


def test_an_offset_is_committed_when_everything_below_it_is_settled() -> None:
    outbox = filled((1, "firing", "ep_1"), (1, "firing", "ep_2"), (1, "firing", "ep_3"))
    first, second, third = outbox.due(0)
    assert outbox.next_offset(0) == 10
    outbox.settle(second)
    assert outbox.next_offset(0) == 10
    outbox.settle(first)
    assert outbox.next_offset(0) == 12
    outbox.settle(third)
    assert outbox.next_offset(0) == 13
    assert outbox.next_offset(1) is None


def test_an_alert_for_two_destinations_holds_its_offset_until_both_are_settled() -> None:
    outbox = Outbox()
    outbox.add(alert(), b"", ["a", "b"], 0, 7)
    a, b = outbox.due(0)
    outbox.settle(a)
    assert outbox.next_offset(0) == 7
    outbox.settle(b)
    assert outbox.next_offset(0) == 8


def test_who_has_too_much_waiting_makes_room_with_the_oldest_and_nobody_else_does() -> None:
    outbox = Outbox()
    for n, at_ms in enumerate([AT + 2, AT, AT + 1, AT + 3]):
        outbox.add(alert(episode=f"ep_{n}", at_ms=at_ms), b"", ["away", "quick"], 0, n)
    for waiting in outbox.due(0):
        if waiting.destination == "quick" and waiting.offset:
            outbox.settle(waiting)
        waiting.is_in_flight = waiting.offset == 1
    assert [waiting.name for waiting in outbox.crowding(2)] == ["ep_2-1/away", "ep_0-1/away"]
    assert outbox.crowding(4) == []


def test_an_opening_sees_that_its_end_waits_behind_it() -> None:
    outbox = filled((1, "firing", "ep_1"), (2, "resolved", "ep_1"), (1, "firing", "ep_2"))
    first, other = outbox.due(0)
    assert outbox.resolved_at_ms(first) == AT
    assert outbox.resolved_at_ms(other) is None


def test_what_comes_back_for_a_partition_that_was_let_go_changes_nothing() -> None:
    outbox = filled((1, "firing", "ep_1"))
    (first,) = outbox.due(0)
    outbox.let_go(0)
    outbox.settle(first)
    assert (len(outbox), outbox.next_offset(0)) == (0, None)


@pytest.mark.parametrize("episode", ["ep.1", "ep/1", "", "ep 1"])
def test_an_episode_that_would_break_an_id_or_a_key_is_no_alert(episode: str) -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        alerts.read(message(episode=episode))
