"""The demo's shops: the same seed is the same day, in order, and the incident is where it was put."""

from __future__ import annotations

import json
from itertools import takewhile

import pytest

from deskpulse.demo import cloudevents, expected, zendesk
from deskpulse.demo.happenings import Happening
from deskpulse.demo.screen import minutes, sparkline
from deskpulse.demo.script import Script
from deskpulse.demo.shops import HOUR_MS, MINUTE_MS, NORTH, TEA, Incident, happenings
from events import codec
from events.rejected import Rejected

START = 1_760_000_000_000
INCIDENT = Incident(NORTH.account, "chat", START + 2 * HOUR_MS, START + 3 * HOUR_MS, 3.4)


def day(seed: int = 1, hours: int = 4) -> list[Happening]:
    return list(takewhile(lambda one: one.at_ms < START + hours * HOUR_MS, happenings(seed, START, INCIDENT)))


def test_the_same_seed_is_the_same_day() -> None:
    assert day() == day()
    assert day(seed=2) != day(seed=1)


def test_everything_happens_in_order_of_time_and_once() -> None:
    times = [one.at_ms for one in day()]
    assert times == sorted(times)
    ids = [one.id for one in day()]
    assert len(ids) == len(set(ids))


def test_only_the_incident_is_slow() -> None:
    def mean_min(account: str, channel: str, begin_ms: int, end_ms: int) -> float:
        told = [one for one in day() if one.ticket.account == account and one.ticket.channel == channel]
        counted = expected.first_replies([one for one in told if begin_ms <= one.ticket.opened_ms < end_ms])
        count, total = counted[account, channel]
        return total / count / MINUTE_MS

    assert 2.5 < mean_min(NORTH.account, "chat", START, INCIDENT.begins_ms) < 3.6
    assert 8.5 < mean_min(NORTH.account, "chat", INCIDENT.begins_ms, INCIDENT.ends_ms - 20 * MINUTE_MS) < 12
    assert mean_min(TEA.account, "chat", INCIDENT.begins_ms, INCIDENT.ends_ms - 20 * MINUTE_MS) < 3.5


def test_zendesk_never_says_that_a_customer_left() -> None:
    assert {one.ticket.account for one in day() if one.kind == "left"} == {TEA.account}


def test_every_cloud_event_decodes() -> None:
    for one in day(hours=2):
        if one.ticket.account == TEA.account:
            told = {**cloudevents.event(one), "source": f"/{TEA.account}/{TEA.source}"}
            assert not isinstance(codec.decode(json.dumps(told).encode()), Rejected)


def test_a_webhook_says_the_time_to_the_millisecond() -> None:
    one = next(one for one in day() if one.ticket.account == NORTH.account)
    assert json.loads(zendesk.body(one))["time"] == zendesk.instant(one.at_ms)
    assert zendesk.instant(1_614_265_330_007) == "2021-02-25T15:02:10.007Z"


def test_the_signature_is_the_published_one() -> None:
    body = b'{"event":"ticket.updated","id":123}'
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    assert zendesk.signature(secret, "2021-03-25T05:09:27Z", body) == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


def test_the_story_ends_before_it_meets_the_present() -> None:
    script = Script()
    clock = script.clock(START)
    incident = script.incident(clock)
    assert clock.meets_present_at() == START + script.plays_for_s * 1000
    assert incident.ends_ms + 100 * MINUTE_MS < clock.meets_present_at()


@pytest.mark.parametrize(("values", "drawn"), [((), ""), ((0.0, 0.0), "▁▁"), ((1.0, None, 8.0), "▁ █"), ((4.0, 8.0), "▄█")])
def test_a_sparkline_has_a_bar_a_value(values: tuple[float | None, ...], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_a_wait_is_told_in_minutes() -> None:
    assert minutes(186_000.0) == "3.1 min"
    assert minutes(None) == "-"
