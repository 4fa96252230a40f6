"""Arrival decides nothing: T10, T24."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage, Told
from tests.timeline import Timeline

DAY = "2026-03-02"


def t10() -> Scenario:
    """The resolution arrives before the reply, and one event three times."""
    t = Timeline(DAY)
    t.at("10:00").opened(channel="email", id="o")
    t.at("10:06").received("10:06").resolved(id="s", agent="ann")
    for _ in range(3):
        t.at("10:05").received("10:07").agent(id="r", agent="ann")
    stage = Stage(
        5,
        facts={
            "1": {
                "tickets_opened": [(0, 1, "10:00")],
                "frt_human": [(0, 300, "10:05")],
                "frt_any": [(0, 300, "10:05")],
                "reply_time": [(1, 300, "10:05")],
                "resolved_events": [(1, 1, "10:06")],
                "first_resolution_time": [(0, 360, "10:06")],
                "full_resolution_time": [(0, 360, "10:06")],
                "cycle_resolution_time": [(1, 360, "10:06")],
                "one_touch": [(0, 1, "10:06")],
                "zero_touch": [(0, 0, "10:06")],
                "abandonment": [(1, 0, "10:06")],
            }
        },
        rows={"1": {"status": "resolved", "replies": 1, "waiting_since": None, "resolution_ms": 360_000}},
        windows={
            ("frt_human", "channel", "email", "10:05"): {"count": 1, "sum": 300_000},
            ("one_touch", "total", "", "10:06"): {"count": 1, "sum": 1},
        },
    )
    return Scenario("T10", t, (stage,))


def _resolved_at_five(one_touch: int) -> dict[str, list[Told]]:
    return {
        "tickets_opened": [(0, 1, "10:00")],
        "frt_human": [(0, 300, "10:05")],
        "frt_any": [(0, 300, "10:05")],
        "resolved_events": [(1, 1, "10:05")],
        "first_resolution_time": [(0, 300, "10:05")],
        "full_resolution_time": [(0, 300, "10:05")],
        "cycle_resolution_time": [(1, 300, "10:05")],
        "one_touch": [(0, one_touch, "10:05")],
        "zero_touch": [(0, 0, "10:05")],
        "abandonment": [(1, 0, "10:05")],
    }


def t24a() -> Scenario:
    """Reply and resolution at one instant without a sequence: the reply comes first."""
    t = Timeline(DAY)
    t.at("10:00").opened()
    t.at("10:05").resolved()
    t.at("10:05").agent()
    facts = {**_resolved_at_five(1), "reply_time": [(1, 300, "10:05")]}
    return Scenario("T24a", t, (Stage(3, facts={"1": facts}, details=[("1", "frt_human", {"level": 3})]),))


def t24b() -> Scenario:
    """A helpdesk's own sequence decides: resolved first, so the turn ended unanswered."""
    t = Timeline(DAY)
    t.at("10:00").opened()
    t.at("10:05").agent(sequence=8)
    t.at("10:05").resolved(sequence=7)
    return Scenario("T24b", t, (Stage(3, facts={"1": _resolved_at_five(0)}, rows={"1": {"status": "resolved", "replies": 1}}),))


def t24c() -> Scenario:
    """One id with two contents: the smaller bytes stay, whichever came first."""
    t = Timeline(DAY)
    t.at("10:00").opened(id="o")
    t.at("10:05").resolved(id="s")
    t.at("10:06").agent(id="r")
    t.at("10:05").received("10:06").agent(id="r")
    facts = {**_resolved_at_five(1), "reply_time": [(1, 300, "10:05")]}
    return Scenario("T24c", t, (Stage(4, facts={"1": facts}, rows={"1": {"updated_at": t.ms("10:05")}}),))


SCENARIOS = (t10(), t24a(), t24b(), t24c())
