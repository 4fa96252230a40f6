"""Settings that change amid the log: T25, as far as calendar time reaches (no schedules yet, so an hour is an hour)."""

from __future__ import annotations

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline

HOUR_MS = 3_600_000


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


SCENARIOS = (t25(),)
