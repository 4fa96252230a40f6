"""What the views for dashboards and BI must answer of each scenario. Worked out by hand; durations in ms, periods in its own time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.integration.golden.moved import Moved


@dataclass(frozen=True)
class Asked:
    """All rows of one metric in one view: `columns`, in their order."""

    view: str
    metric: str
    columns: str
    rows: tuple[tuple[Any, ...], ...]


_HOUR, _DAY = "v_metrics_hour_by", "v_metrics_day_by"
_SECOND, _THIRD, _FOURTH = "2026-03-02", "2026-03-03", "2026-03-04"
_LEVELS = "period, channel, level_1, level_2, level_3, level_4, level_5"

ANSWERS: Mapping[str, tuple[Asked, ...]] = {
    # Thirty replies an hour after 180 s, above average for a chat, then twelve after 600 s, average.
    "T2": (
        Asked(
            f"{_HOUR}_channel",
            "frt_human",
            "period, channel, count, avg, p50, level_3, level_4",
            (
                (f"{_SECOND} 06:00", "chat", 30, 180_000, 180_000, 0, 30),
                (f"{_SECOND} 07:00", "chat", 30, 180_000, 180_000, 0, 30),
                (f"{_SECOND} 08:00", "chat", 30, 180_000, 180_000, 0, 30),
                (f"{_SECOND} 10:00", "chat", 12, 600_000, 600_000, 12, 0),
            ),
        ),
    ),
    "T2 with too few replies": (
        Asked(f"{_DAY}_total", "frt_human", "period, count, sum", ((_SECOND, 99, 90 * 180_000 + 9 * 600_000),)),
    ),
    # Counted on the day of the reply; by cohort on the day of the opening.
    "T5": (
        Asked(f"{_DAY}_channel", "frt_human", "period, channel, count, avg", (("2026-01-03", "email", 1, 172_800_000),)),
        Asked("v_cohorts_day_by_channel", "frt_human", "period, channel, count, avg", (("2026-01-01", "email", 1, 172_800_000),)),
        Asked(f"{_HOUR}_total", "tickets_opened", "period, count", (("2026-01-01 09:00", 1),)),
    ),
    "T9": (
        Asked(f"{_HOUR}_total", "frt_human", "period, count, avg, tickets", ((f"{_SECOND} 10:00", 20, 1_260_000, 20),)),
        Asked(f"{_HOUR}_team", "tickets_opened", "period, team, count", ((f"{_SECOND} 10:00", "desk", 20),)),
    ),
    "T10": (
        Asked(f"{_HOUR}_channel", "full_resolution_time", "period, channel, sum", ((f"{_SECOND} 10:00", "email", 360_000),)),
        Asked(f"{_HOUR}_agent", "resolved_events", "period, agent_id, count", ((f"{_SECOND} 10:00", "ann", 1),)),
    ),
    # The two stars of the fifth are nowhere; the five stand with the last human sender, where they were answered.
    "T11": (
        Asked(f"{_DAY}_agent", "csat", "period, agent_id, count, sum, attained", (("2026-03-06", "ann", 1, 5, 1.0),)),
        Asked("v_scores_day", "csat", "period, score, answers", (("2026-03-06", 5, 1),)),
    ),
    "T13": (
        Asked(f"{_DAY}_channel", "one_touch", "period, channel, sum, count", ((_SECOND, "chat", 1, 1), (_SECOND, "email", 0, 1))),
        Asked(f"{_DAY}_total", "frt_human", "period, count, sum", ((_SECOND, 2, 120_000),)),
    ),
    "T16": (
        Asked(f"{_HOUR}_team", "frt_human", "period, team, sum", ((f"{_SECOND} 16:00", "night", 21_600_000),)),
        Asked(f"{_HOUR}_team", "frt_any", "period, team, sum", ((f"{_SECOND} 10:00", "", 1_000),)),
    ),
    "T18": (Asked(f"{_DAY}_total", "csat", "period, count, met, attained, avg", ((_SECOND, 10, 7, 0.7, 3.8),)),),
    "scales": (Asked(f"{_DAY}_total", "csat", "period, count, met, attained, avg", ((_SECOND, 10, 5, 0.5, 3.6),)),),
    "T20": (
        Asked(
            f"{_DAY}_channel",
            "frt_human",
            _LEVELS,
            (
                (_SECOND, "chat", 1, 1, 2, 1, 1),
                (_SECOND, "email", 0, 0, 1, 0, 0),
                (_THIRD, "email", 0, 1, 1, 0, 0),
                (_FOURTH, "email", 0, 1, 0, 0, 0),
            ),
        ),
    ),
    "T21": (
        Asked(f"{_DAY}_total", "frt_human", "period, avg, business_avg, business_p50", ((_SECOND, 1_800_000, None, None),)),
        Asked(f"{_DAY}_total", "first_resolution_time", "period, avg, business_avg", ((_SECOND, 3_600_000, None),)),
    ),
    "T22": (
        Asked(f"{_DAY}_team", "frt_human", "period, team, count", ((_SECOND, "first", 1), (_SECOND, "second", 1))),
        Asked(f"{_DAY}_agent", "frt_human", "period, agent_id, count", ((_SECOND, "bob", 2),)),
        Asked(f"{_DAY}_agent", "resolved_events", "period, agent_id, count", ((_SECOND, "cat", 1),)),
    ),
    "T23": (
        Asked(f"{_DAY}_total", "frt_human", "period, count, sum", ((_SECOND, 1, 13_200_000),)),
        Asked(f"{_DAY}_total", "full_resolution_time", "period, count, sum", ((_SECOND, 1, 19_800_000),)),
        Asked(f"{_DAY}_total", "resolved_events", "period, count", ((_SECOND, 2),)),
        Asked(f"{_DAY}_total", "csat", "period, attained", ((_SECOND, 1.0),)),
        Asked(f"{_DAY}_total", "adopted", "period, count", ()),
    ),
    "T24a": (Asked(f"{_DAY}_total", "one_touch", "period, sum, count", ((_SECOND, 1, 1),)),),
    "T24b": (
        Asked(f"{_DAY}_total", "one_touch", "period, sum, count", ((_SECOND, 0, 1),)),
        Asked(f"{_DAY}_total", "reply_time", "period, count", ()),
    ),
    "T24c": (Asked(f"{_DAY}_total", "reply_time", "period, sum", ((_SECOND, 300_000),)),),
    # R on Tuesday misses the hour of then; of Wednesday's two P misses Tuesday's hour and Q keeps Wednesday's three.
    "T25": (
        Asked(f"{_DAY}_total", "frt_human", "period, count, met, missed", ((_THIRD, 1, 0, 1), (_FOURTH, 2, 1, 1))),
        Asked(f"{_HOUR}_channel", "frt_human", "period, attained", ((f"{_THIRD} 11:00", 0.0), (f"{_FOURTH} 09:00", 0.5))),
    ),
    "terms": (
        Asked(f"{_DAY}_total", "frt_human", "period, count, met, missed", ((_SECOND, 9, 2, 6),)),
        Asked(f"{_DAY}_total", "reply_time", "period, count, met, missed", ((_SECOND, 11, 3, 6),)),
    ),
    "the worked example": (
        # A hundred after 186 s and, in the last five minutes of the day, fifteen in 2,700 s; then 45 in 15,720 s.
        Asked(
            f"{_HOUR}_channel",
            "frt_human",
            "period, channel, count, sum",
            ((f"{_SECOND} 23:00", "chat", 115, 21_300_000), (f"{_THIRD} 00:00", "chat", 45, 15_720_000)),
        ),
    ),
    # Two left in silence and stayed away; of those that ended unanswered the one on chat came back.
    "silence": (Asked(f"{_HOUR}_channel", "abandonment", "period, channel, count, sum", ((f"{_SECOND} 10:00", "chat", 2, 2),)),),
    "unanswered ends": (
        Asked(
            f"{_HOUR}_channel",
            "abandonment",
            "period, channel, count, sum",
            ((f"{_SECOND} 10:00", "chat", 2, 0), (f"{_SECOND} 10:00", "email", 1, 0)),
        ),
    ),
}

WAITING = (
    # Twenty customers wait from 10:00 on; at the end of 10:19 the oldest has waited twenty minutes.
    ("total", "", 20, 1_200_000, 20),
    ("channel", "chat", 20, 1_200_000, 20),
    ("team", "desk", 20, 1_200_000, 20),
)
"""T9 at 10:19, of each scope: `waiting_now`, `oldest_wait`, `backlog_open`."""


def answer(client: Client, moved: Moved, asked: Asked) -> tuple[tuple[Any, ...], ...]:
    """In the scenario's own time."""
    found = client.query(
        f"SELECT {asked.columns} FROM {asked.view} WHERE account = {{account:String}} AND metric = {{metric:String}} ORDER BY ALL",  # noqa: S608
        parameters={"account": moved.account, "metric": asked.metric},
    )
    return tuple((_period(row[0], moved), *row[1:]) for row in found.result_rows)


def _period(told: Any, moved: Moved) -> str:
    """Hours are the account's wall clock: only whole days lie between it and the scenario's."""
    return str(told - timedelta(days=moved.days))[:16]
