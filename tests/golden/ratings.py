"""What customers said: T11, T18."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage, Told
from tests.timeline import Timeline

DAY = "2026-03-02"


def t11() -> Scenario:
    """Two stars, three days after the resolution, become five a day later: the two are taken back where they were counted."""
    t = Timeline(DAY)
    t.at("10:00").opened(channel="email")
    t.at("10:10").agent(agent="ann", team="first")
    t.at("10:20").resolved(agent="bob")
    t.at("2026-03-05 12:00").rated(2)
    t.at("2026-03-06 09:00").rated(5)
    resolved: dict[str, list[Told]] = {
        "tickets_opened": [(0, 1, "10:00")],
        "frt_human": [(0, 600, "10:10")],
        "frt_any": [(0, 600, "10:10")],
        "reply_time": [(1, 600, "10:10")],
        "resolved_events": [(1, 1, "10:20")],
        "first_resolution_time": [(0, 1_200, "10:20")],
        "full_resolution_time": [(0, 1_200, "10:20")],
        "cycle_resolution_time": [(1, 1_200, "10:20")],
        "one_touch": [(0, 1, "10:20")],
        "zero_touch": [(0, 0, "10:20")],
        "abandonment": [(1, 0, "10:20")],
    }
    two = Stage(
        4,
        facts={"1": {**resolved, "csat": [(0, 2, "2026-03-05 12:00")]}},
        details=[("1", "csat", {"agent": "ann", "team": "first", "met": 0})],
        rows={"1": {"rating": 2}},
        windows={("csat", "total", "", "2026-03-05 12:00"): {"count": 1, "sum": 2, "met": 0, "missed": 1}},
    )
    five = Stage(
        5,
        facts={"1": {**resolved, "csat": [(0, 5, "2026-03-06 09:00")]}},
        details=[("1", "csat", {"agent": "ann", "team": "first", "met": 1})],
        rows={"1": {"rating": 5}},
        windows={
            ("csat", "total", "", "2026-03-05 12:00"): None,
            ("csat", "total", "", "2026-03-06 09:00"): {"count": 1, "sum": 5, "met": 1, "missed": 0},
        },
    )
    return Scenario("T11", t, (two, five))


def t18() -> Scenario:
    """Seven of ten are positive: 70 %. The scales differ; a middle rating is neither."""
    t = Timeline(DAY)
    t.at("10:00").rated(5, "a")
    t.at("10:00").rated(4, "b")
    t.at("10:00").rated(4, "c")
    t.at("10:00").rated(1, "d", low=0, high=1)
    t.at("10:00").rated(3, "e", low=1, high=3)
    t.at("10:00").rated(10, "f", low=0, high=10)
    t.at("10:00").rated(5, "g")
    t.at("10:00").rated(3, "h")
    t.at("10:00").rated(1, "i")
    t.at("10:00").rated(0, "j", low=0, high=1)
    stars = {"a": 5, "b": 4, "c": 4, "d": 5, "e": 5, "f": 5, "g": 5, "h": 3, "i": 1, "j": 1}
    stage = Stage(
        10,
        facts={ticket: {"csat": [(0, value, "10:00")]} for ticket, value in stars.items()},
        rows={ticket: {"rating": value, "status": "resolved"} for ticket, value in stars.items()},
        windows={("csat", "total", "", "10:00"): {"count": 10, "sum": 38, "met": 7, "missed": 3}},
    )
    return Scenario("T18", t, (stage,))


SCENARIOS = (t11(), t18())
