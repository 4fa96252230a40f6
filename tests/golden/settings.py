"""Settings that change amid the log, as far as calendar time reaches (no schedules yet, so an hour is an hour): T25.

And tickets that change under settings that stay.
"""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def t25() -> Scenario:
    t = Timeline("2026-03-03")
    t.at("00:00").configured(zone="UTC", targets=[{"metric": "frt_human", "target_ms": HOUR_MS}])
    t.at("10:00").opened("R", "email")
    t.at("11:30").agent("R")
    wednesday = t.ms("2026-03-04 00:00")
    t.at("12:00").configured(zone="UTC", targets=[{"metric": "frt_human", "target_ms": 3 * HOUR_MS}], effective_ms=wednesday)
    t.at("16:30").opened("P", "email")
    t.at("2026-03-04 08:00").opened("Q", "email")
    t.at("2026-03-04 09:30").agent("P")
    t.at("2026-03-04 09:30").agent("Q")
    t.at("2026-03-04 09:40").resolved("R")
    r = ("R", "frt_human", {"value": 5_400_000, "met": 0})
    stage = Stage(
        9,
        details=[("P", "frt_human", {"value": 61_200_000, "met": 0}), ("Q", "frt_human", {"value": 5_400_000, "met": 1}), r],
        windows={
            ("frt_human", "channel", "email", "2026-03-04 09:30"): {"count": 2, "met": 1, "missed": 1},
            ("frt_human", "channel", "email", "11:30"): {"count": 1, "met": 0, "missed": 1},
        },
    )
    return Scenario("T25", t, (Stage(3, details=[r]), Stage(4, details=[r]), stage))


def terms() -> Scenario:
    """High may wait an hour and low a day: a wait is judged by what the ticket was when it began, whatever is made of it since."""
    t = Timeline("2026-03-02")
    t.at("00:00").configured(
        targets=[
            {"metric": metric, "target_ms": target_ms, "priority": priority}
            for metric in ("frt_human", "reply_time")
            for priority, target_ms in (("high", HOUR_MS), ("low", 24 * HOUR_MS))
        ]
        + [{"metric": "frt_human", "target_ms": 30 * MINUTE_MS, "channel": "chat"}]
    )
    for ticket in ("lowered", "twice", "left", "next"):
        t.at("06:30").opened(ticket, "email", priority="high")
    t.at("06:30").opened("raised", "email", priority="low")
    t.at("06:30").opened("filled", "email")
    t.at("06:30").opened("both", "email")
    t.at("06:30").opened("named", "email")
    t.at("06:30").opened("moved", "chat")
    t.at("06:30").opened("ours", "email", priority="high", direction="out")
    t.at("06:35").opened("filled", "email", priority="high", direction="out")
    t.at("06:35").updated("both", channel="chat")
    t.at("06:40").opened("both", "email", priority="high", direction="out")
    t.at("06:40").resolved("ours")
    t.at("06:45").customer("ours")
    t.at("07:00").abandoned("left")
    t.at("07:00").agent("next")
    t.at("07:05").updated("left", priority="low")
    t.at("07:05").updated("next", priority="low")
    t.at("07:05").updated("moved", channel="email")
    t.at("07:10").customer("next")
    t.at("07:15").agent("moved")
    t.at("07:20").updated("twice", priority="normal")
    t.at("08:20").customer("left")
    for ticket in ("lowered", "twice", "named", "ours"):
        t.at("08:29").updated(ticket, priority="low")
    t.at("08:29").updated("raised", priority="high")
    t.at("08:30").reopened("ours")
    for ticket in ("lowered", "twice", "left", "next", "raised", "filled", "both", "named", "ours"):
        t.at("08:30").agent(ticket)
    both = ("frt_human", "reply_time")
    met = {
        "lowered": 0,
        "twice": 0,
        # The customer left and came back: it is the same wait.
        "left": 0,
        # Lowered between two waits: half an hour of high is met, and so are eighty minutes of low.
        "next": 1,
        "raised": 1,
        # A second opening tells what was not known; an update at 08:29 makes of no priority a low one, and comes too late.
        "filled": 0,
        # Of e-mail, since it was that, and high, since it turns out to have been that.
        "both": 0,
        "named": -1,
    }
    stage = Stage(
        len(t.said),
        details=[
            *((ticket, metric, {"met": judged}) for ticket, judged in met.items() for metric in both),
            # The message waited 105 minutes, through the reopening.
            ("ours", "reply_time", {"value": 105 * MINUTE_MS, "met": 0, "priority": "low"}),
            # 45 minutes: too long for a chat, and stellar for the e-mail that it was when it was answered.
            ("moved", "frt_human", {"value": 45 * MINUTE_MS, "met": 0, "level": 5, "channel": "email"}),
            ("lowered", "frt_human", {"priority": "low"}),
        ],
        windows={
            # At 08:30 lowered, twice, left, filled and both missed, raised met; named has no target.
            ("frt_human", "total", "", "08:30"): {"count": 7, "met": 1, "missed": 5},
            ("reply_time", "total", "", "08:30"): {"count": 9, "met": 2, "missed": 6},
        },
    )
    return Scenario("terms", t, (stage,))


SCENARIOS = (t25(), terms())
