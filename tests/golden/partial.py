"""A ticket that was there before us, and whose opening arrives after all: T23."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage, Told
from tests.timeline import Timeline


def t23() -> Scenario:
    t = Timeline("2026-03-02")
    t.at("12:10").customer()
    t.at("12:40").agent(agent="ann")
    t.at("12:50").resolved(agent="ann")
    t.at("14:00").reopened()
    t.at("14:00").customer()
    t.at("14:15").agent(agent="ann")
    t.at("14:30").resolved(agent="ann")
    t.at("15:00").rated(5)
    t.at("15:02").tick()
    t.at("09:00").received("15:02").opened(channel="email")
    seen: dict[str, list[Told]] = {
        "next_response_time": [(2, 900, "14:15")],
        "reopen_response_time": [(2, 900, "14:15")],
        "resolved_events": [(1, 1, "12:50"), (2, 1, "14:30")],
        "reopened": [(2, 4_200, "14:00")],
        "abandonment": [(1, 0, "12:50"), (2, 0, "14:30")],
        "csat": [(0, 5, "15:00")],
    }
    before = Stage(
        9,
        facts={
            "1": {
                **seen,
                "adopted": [(0, 1, "12:10")],
                "reply_time": [(1, 1_800, "12:40"), (2, 900, "14:15")],
                "cycle_resolution_time": [(2, 1_800, "14:30")],
            }
        },
        details=[("1", "csat", {"met": 1, "opened_at": None, "opened_hour": None})],
        rows={"1": {"opened_at": None, "first_response_ms": None, "resolution_ms": None, "reopens": 1}},
        windows={
            ("backlog_open", "total", "", "12:10"): {"gauge": 1},
            ("backlog_open", "total", "", "12:50"): {"gauge": 0},
            ("backlog_open", "total", "", "14:00"): {"gauge": 1},
            ("backlog_open", "total", "", "14:30"): {"gauge": 0},
            ("adopted", "total", "", "12:10"): {"count": 1},
        },
    )
    after = Stage(
        10,
        facts={
            "1": {
                **seen,
                "tickets_opened": [(0, 1, "09:00")],
                "frt_human": [(0, 13_200, "12:40")],
                "frt_any": [(0, 13_200, "12:40")],
                "reply_time": [(1, 13_200, "12:40"), (2, 900, "14:15")],
                "cycle_resolution_time": [(1, 13_800, "12:50"), (2, 1_800, "14:30")],
                "first_resolution_time": [(0, 13_800, "12:50")],
                "full_resolution_time": [(0, 19_800, "14:30")],
                "one_touch": [(0, 0, "12:50")],
                "zero_touch": [(0, 0, "12:50")],
            }
        },
        details=[("1", "csat", {"met": 1, "opened_at": t.ms("09:00"), "channel": "email"})],
        rows={"1": {"opened_at": t.ms("09:00"), "first_response_ms": 13_200_000, "resolution_ms": 19_800_000}},
        windows={
            ("adopted", "total", "", "12:10"): None,
            ("tickets_opened", "total", "", "09:00"): {"count": 1},
            ("reply_time", "total", "", "12:40"): {"count": 1, "sum": 13_200_000},
        },
    )
    return Scenario("T23", t, (before, after))


SCENARIOS = (t23(),)
