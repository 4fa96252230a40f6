"""What customers said: T11, T18, and where a scale has no four or five stars to give."""

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


def scales() -> Scenario:
    """Positive is four stars and five, on any scale: six of ten is above the middle, and three stars."""
    t = Timeline(DAY)
    cases = [
        # On 0..10 a star is 2.5 wide: 6 is 1 + 2.4, so 3 stars; 7 is 1 + 2.8, so 4.
        ("a", 6, 0, 10, 3, 0),
        ("b", 7, 0, 10, 4, 1),
        ("c", 2, 1, 3, 3, 0),
        ("d", 2, 1, 2, 5, 1),
        # On 1..10 it is 2.25 wide: 6 is 1 + 2.22, and 7 is 1 + 2.67.
        ("e", 6, 1, 10, 3, 0),
        ("f", 7, 1, 10, 4, 1),
        # Halves go up: 5 of 1..9 is 3, 6 is 3.5.
        ("g", 5, 1, 9, 3, 0),
        ("h", 6, 1, 9, 4, 1),
        ("i", 62, 0, 100, 3, 0),
        ("j", 63, 0, 100, 4, 1),
    ]
    for ticket, rating, low, high, _, _ in cases:
        t.at("10:00").rated(rating, ticket, low=low, high=high)
    stage = Stage(
        10,
        facts={ticket: {"csat": [(0, stars, "10:00")]} for ticket, _, _, _, stars, _ in cases},
        details=[(ticket, "csat", {"met": met}) for ticket, *_, met in cases],
        rows={ticket: {"rating": stars} for ticket, _, _, _, stars, _ in cases},
        windows={("csat", "total", "", "10:00"): {"count": 10, "sum": 36, "met": 5, "missed": 5}},
    )
    return Scenario("scales", t, (stage,))


SCENARIOS = (t11(), t18(), scales())
