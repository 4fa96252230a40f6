"""Tickets that nobody answered and no helpdesk called abandoned: by silence and by their end, on chat alone."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline

MINUTE_MS = 60_000


def silence() -> Scenario:
    """Gone is silent from the start; Back returns after ten minutes; Late is answered after the customer left; Mail has all day."""
    t = Timeline("2026-03-02")
    t.at("09:00").configured(abandonment=[{"channel": "chat", "silence_ms": 10 * MINUTE_MS}])
    t.at("10:00").opened("gone", team="desk", agent="ana")
    t.at("10:00").opened("back")
    t.at("10:00").opened("late")
    t.at("10:00").opened("mail", "email")
    t.at("10:05").replied("bot", "late")
    t.at("10:20:05").tick()
    t.at("10:21").agent("late")
    t.at("10:22").customer("back")
    t.at("10:23").agent("back")
    t.at("10:40:05").tick()
    gone = {"tickets_opened": [(0, 1, "10:00")], "abandonment": [(1, 1, "10:10")]}
    # The bot's word at 10:05 ends one silence and begins another.
    late = {"tickets_opened": [(0, 1, "10:00")], "frt_any": [(0, 300, "10:05")], "abandonment": [(1, 1, "10:15")]}
    mail = {"tickets_opened": [(0, 1, "10:00")]}
    left = Stage(
        7,
        facts={"gone": gone, "back": gone, "late": late, "mail": mail},
        details=[("gone", "abandonment", {"agent": "ana", "team": "desk", "channel": "chat"})],
        rows={
            "gone": {"status": "abandoned", "abandoned_at": t.ms("10:10"), "waiting_since": None, "updated_at": t.ms("10:00")},
            "mail": {"status": "open", "waiting_since": t.ms("10:00")},
        },
        windows={
            ("abandonment", "channel", "chat", "10:10"): {"count": 2, "sum": 2},
            ("abandonment", "channel", "chat", "10:15"): {"count": 1, "sum": 1},
            ("waiting_now", "channel", "chat", "10:09"): {"gauge": 3},
            ("waiting_now", "channel", "chat", "10:10"): {"gauge": 1},
            ("backlog_open", "total", "", "10:15"): {"gauge": 1},
        },
    )
    end = Stage(
        11,
        facts={
            "gone": gone,
            "back": {
                "tickets_opened": [(0, 1, "10:00")],
                "frt_human": [(0, 1_380, "10:23")],
                "frt_any": [(0, 1_380, "10:23")],
                "reply_time": [(1, 1_380, "10:23")],
            },
            "late": {**late, "frt_human": [(0, 1_260, "10:21")]},
            "mail": mail,
        },
        rows={"back": {"status": "open", "abandoned_at": None}, "late": {"status": "abandoned"}},
        windows={
            ("abandonment", "channel", "chat", "10:10"): {"count": 1, "sum": 1},
            ("backlog_open", "total", "", "10:22"): {"gauge": 2},
        },
    )
    return Scenario("silence", t, (left, end), any_order=False)


def ends() -> Scenario:
    """Closed unanswered is abandoned on chat: by anyone but a bot, and only where nobody had answered."""
    t = Timeline("2026-03-02")
    t.at("09:00").configured(abandonment=[{"channel": "chat", "unanswered_end": True}])
    for ticket in ("closed", "deflected", "answered"):
        t.at("10:00").opened(ticket)
    t.at("10:00").opened("mail", "email")
    t.at("10:02").agent("answered")
    t.at("10:03").customer("answered")
    for ticket in ("closed", "answered", "mail"):
        t.at("10:05").resolved(ticket, agent="ana")
    t.at("10:05").resolved("deflected", actor="bot")
    t.at("10:06").customer("closed")
    outcome = ("first_resolution_time", "full_resolution_time", "cycle_resolution_time")
    solved = {
        "tickets_opened": [(0, 1, "10:00")],
        "resolved_events": [(1, 1, "10:05")],
        "abandonment": [(1, 0, "10:05")],
        "one_touch": [(0, 0, "10:05")],
        **{metric: [(1 if metric.startswith("cycle") else 0, 300, "10:05")] for metric in outcome},
    }
    stage = Stage(
        11,
        facts={
            "closed": {"tickets_opened": [(0, 1, "10:00")], "abandonment": [(1, 1, "10:05")]},
            "deflected": {**solved, "zero_touch": [(0, 1, "10:05")]},
            "mail": {**solved, "zero_touch": [(0, 0, "10:05")]},
        },
        details=[("answered", "abandonment", {"value": 0})],
        rows={"closed": {"status": "abandoned", "resolved_at": None}, "answered": {"status": "resolved"}},
    )
    back = Stage(
        12,
        facts={"closed": {"tickets_opened": [(0, 1, "10:00")]}},
        rows={"closed": {"status": "open", "waiting_since": t.ms("10:00"), "abandoned_at": None}},
    )
    return Scenario("unanswered ends", t, (stage, back), any_order=False)


SCENARIOS = (silence(), ends())
