"""Tickets nobody answered, and what is seen of them: T9 (gauges; the plain rule has no baseline here and stays silent)."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline

TICKETS = [f"t{number:02}" for number in range(20)]


def t9() -> Scenario:
    t = Timeline("2026-03-02")
    for ticket in TICKETS:
        t.at("10:00").opened(ticket, "chat", team="desk")
    t.at("10:20:05").tick()
    for ticket in TICKETS:
        t.at("10:21").agent(ticket)
    t.at("10:30:05").tick()
    labels = (("total", ""), ("channel", "chat"), ("team", "desk"))
    waiting = Stage(
        21,
        facts={ticket: {"tickets_opened": [(0, 1, "10:00")]} for ticket in TICKETS},
        rows={ticket: {"waiting_since": t.ms("10:00"), "first_response_ms": None} for ticket in TICKETS},
        windows={
            **{("waiting_now", scope, label, "10:19"): {"gauge": 20} for scope, label in labels},
            **{("oldest_wait", scope, label, "10:19"): {"gauge": 1_200_000} for scope, label in labels},
            **{("backlog_open", scope, label, "10:19"): {"gauge": 20} for scope, label in labels},
            ("oldest_wait", "total", "", "10:00"): {"gauge": 60_000},
            ("oldest_wait", "total", "", "10:20"): None,
        },
        alerts=[],
    )
    answered = Stage(
        42,
        facts={
            ticket: {
                "tickets_opened": [(0, 1, "10:00")],
                "frt_human": [(0, 1_260, "10:21")],
                "frt_any": [(0, 1_260, "10:21")],
                "reply_time": [(1, 1_260, "10:21")],
            }
            for ticket in TICKETS
        },
        windows={
            ("waiting_now", "total", "", "10:20"): {"gauge": 20},
            ("waiting_now", "total", "", "10:21"): {"gauge": 0},
            ("oldest_wait", "total", "", "10:21"): {"gauge": 0},
            ("backlog_open", "total", "", "10:21"): {"gauge": 20},
            # Nobody waits and nothing changes: the gauge of 10:21 stands.
            ("backlog_open", "total", "", "10:22"): None,
            ("frt_human", "channel", "chat", "10:21"): {"count": 20, "sum": 25_200_000, "levels": (0, 20, 0, 0, 0)},
        },
        alerts=[],
    )
    return Scenario("T9", t, (waiting, answered))


SCENARIOS = (t9(),)
