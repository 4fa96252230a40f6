"""Who answered whom when: T5, T13, T16, T20, T21, T22."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline

DAY = "2026-03-02"


def t5() -> Scenario:
    """A reply counts on the day it was sent; its ticket belongs to the day it was opened."""
    t = Timeline("2026-01-01")
    t.at("09:00").opened(channel="email")
    t.at("2026-01-03 09:00").agent(agent="ann")
    reply = "2026-01-03 09:00"
    stage = Stage(
        2,
        facts={
            "1": {
                "tickets_opened": [(0, 1, "09:00")],
                "frt_human": [(0, 172_800, reply)],
                "frt_any": [(0, 172_800, reply)],
                "reply_time": [(1, 172_800, reply)],
            }
        },
        # 20,454 days lie between 1970-01-01 and 2026-01-01.
        details=[
            ("1", "frt_human", {"hour": (20_454 + 2) * 24 + 9, "opened_hour": 20_454 * 24 + 9, "opened_at": t.ms("09:00")}),
            ("1", "tickets_opened", {"hour": 20_454 * 24 + 9}),
        ],
        windows={("frt_human", "channel", "email", reply): {"count": 1, "sum": 172_800_000, "levels": (0, 1, 0, 0, 0)}},
    )
    return Scenario("T5", t, (stage,))


def t13() -> Scenario:
    """Three messages in one chat sitting are one reply; on e-mail they are three."""
    t = Timeline(DAY)
    t.at("10:00").opened("c", "chat")
    t.at("10:00").opened("m", "email")
    for ticket in ("c", "m"):
        for when in ("10:01", "10:02", "10:03"):
            t.at(when).agent(ticket, agent="ann")
        t.at("10:04").resolved(ticket, agent="ann")
    common = {
        "tickets_opened": [(0, 1, "10:00")],
        "frt_human": [(0, 60, "10:01")],
        "frt_any": [(0, 60, "10:01")],
        "reply_time": [(1, 60, "10:01")],
        "resolved_events": [(1, 1, "10:04")],
        "first_resolution_time": [(0, 240, "10:04")],
        "full_resolution_time": [(0, 240, "10:04")],
        "cycle_resolution_time": [(1, 240, "10:04")],
        "abandonment": [(1, 0, "10:04")],
        "zero_touch": [(0, 0, "10:04")],
    }
    stage = Stage(
        10,
        facts={"c": {**common, "one_touch": [(0, 1, "10:04")]}, "m": {**common, "one_touch": [(0, 0, "10:04")]}},
        rows={"c": {"replies": 1, "first_response_ms": 60_000}, "m": {"replies": 3}},
    )
    return Scenario("T13", t, (stage,))


def t16() -> Scenario:
    """An acknowledgement stops no clock but its own."""
    t = Timeline(DAY)
    t.at("10:00").opened(channel="email")
    t.at("10:00:01").replied("system")
    t.at("16:00").agent(agent="ann", team="night")
    stage = Stage(
        3,
        facts={
            "1": {
                "tickets_opened": [(0, 1, "10:00")],
                "frt_any": [(0, 1, "10:00:01")],
                "frt_human": [(0, 21_600, "16:00")],
                "reply_time": [(1, 21_600, "16:00")],
            }
        },
        details=[("1", "frt_any", {"agent": "system", "team": ""}), ("1", "frt_human", {"agent": "ann", "team": "night"})],
        rows={"1": {"waiting_since": None, "replies": 1, "first_replied_at": t.ms("16:00")}},
    )
    return Scenario("T16", t, (stage,))


def t20() -> Scenario:
    """Service levels at their bounds: the top two are strict, the next two take their bound in."""
    t = Timeline(DAY)
    cases = [
        ("a", "chat", 60, 4),
        ("b", "chat", 300, 3),
        ("c", "chat", 600, 3),
        ("d", "chat", 3_600, 2),
        ("e", "email", 14_400, 3),
        ("f", "email", 86_400, 3),
        ("g", "email", 86_401, 2),
        ("h", "email", 172_800, 2),
        ("i", "chat", 59, 5),
        ("j", "chat", 3_601, 1),
    ]
    for ticket, channel, _, _ in cases:
        t.at("08:00").opened(ticket, channel)
    for ticket, _, seconds, _ in sorted(cases, key=lambda case: case[2]):
        t.at_ms(t.ms("08:00") + seconds * 1000).agent(ticket)
    stage = Stage(
        20,
        details=[(ticket, "frt_human", {"value": seconds * 1000, "level": level}) for ticket, _, seconds, level in cases],
        rows={ticket: {"level": level} for ticket, _, _, level in cases},
        windows={
            ("frt_human", "channel", "chat", "08:01"): {"count": 1, "levels": (0, 0, 0, 1, 0)},
            ("frt_human", "channel", "chat", "09:00"): {"count": 2, "sum": 7_201_000, "levels": (1, 1, 0, 0, 0)},
        },
    )
    return Scenario("T20", t, (stage,))


def t21() -> Scenario:
    """Without a schedule the business time is unknown, not nought; calendar time is there."""
    t = Timeline(DAY)
    t.at("10:00").opened(channel="email")
    t.at("10:30").agent(agent="ann")
    t.at("11:00").resolved(agent="ann")
    durations = ("frt_human", "reply_time", "first_resolution_time", "full_resolution_time", "cycle_resolution_time")
    stage = Stage(3, details=[("1", metric, {"business_ms": None}) for metric in durations])
    return Scenario("T21", t, (stage,))


def t22() -> Scenario:
    """Credit stays with the sender and the team of then, whoever holds the ticket before or after."""
    t = Timeline(DAY)
    t.at("10:00").opened("1", "email", agent="ann", team="first")
    t.at("10:00").opened("2", "email", agent="ann", team="first")
    t.at("10:10").agent("1", agent="bob", team="second")
    t.at("10:10").agent("2", agent="bob")
    t.at("10:20").updated("1", assignee="cat", team="third")
    t.at("10:20").updated("2", assignee="cat", team="third")
    t.at("10:30").resolved("1")
    stage = Stage(
        7,
        details=[
            ("1", "frt_human", {"agent": "bob", "team": "second"}),
            ("1", "reply_time", {"agent": "bob", "team": "second"}),
            ("2", "frt_human", {"agent": "bob", "team": "first"}),
            # Nobody is named as the resolver: the holder of then.
            ("1", "resolved_events", {"agent": "cat", "team": "third"}),
            ("1", "tickets_opened", {"agent": "ann", "team": "first"}),
        ],
        rows={"1": {"agent": "cat", "team": "third", "last_agent": "bob", "last_team": "second"}, "2": {"last_team": "first"}},
        windows={
            ("frt_human", "team", "second", "10:10"): {"count": 1, "sum": 600_000},
            ("frt_human", "team", "first", "10:10"): {"count": 1},
            ("frt_human", "team", "third", "10:10"): None,
            ("frt_human", "total", "", "10:10"): {"count": 2, "sum": 1_200_000},
        },
    )
    return Scenario("T22", t, (stage,))


SCENARIOS = (t5(), t13(), t16(), t20(), t21(), t22())
