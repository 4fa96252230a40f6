"""Every metric by name and number. Numbers are stored in state and topics: append, never renumber."""

from __future__ import annotations

from typing import Literal, NamedTuple

Unit = Literal["ms", "count", "score"]


class Metric(NamedTuple):
    name: str
    unit: Unit
    windowed: bool
    """Kept as a live one-minute window too, for each watched scope."""


TICKETS_OPENED = 0
ADOPTED = 1
RESOLVED_EVENTS = 2
REOPENED = 3
ABANDONMENT = 4
FRT_HUMAN = 5
FRT_ANY = 6
REPLY_TIME = 7
NEXT_RESPONSE_TIME = 8
REOPEN_RESPONSE_TIME = 9
FIRST_RESOLUTION_TIME = 10
FULL_RESOLUTION_TIME = 11
CYCLE_RESOLUTION_TIME = 12
ONE_TOUCH = 13
ZERO_TOUCH = 14
CSAT = 15
WAITING_NOW = 16
OLDEST_WAIT = 17
BACKLOG_OPEN = 18

METRICS = (
    Metric("tickets_opened", "count", windowed=True),
    Metric("adopted", "count", windowed=True),
    Metric("resolved_events", "count", windowed=True),
    Metric("reopened", "ms", windowed=True),
    Metric("abandonment", "count", windowed=True),
    Metric("frt_human", "ms", windowed=True),
    Metric("frt_any", "ms", windowed=True),
    Metric("reply_time", "ms", windowed=True),
    Metric("next_response_time", "ms", windowed=False),
    Metric("reopen_response_time", "ms", windowed=False),
    Metric("first_resolution_time", "ms", windowed=True),
    Metric("full_resolution_time", "ms", windowed=True),
    Metric("cycle_resolution_time", "ms", windowed=True),
    Metric("one_touch", "count", windowed=True),
    Metric("zero_touch", "count", windowed=True),
    Metric("csat", "score", windowed=True),
    # Gauges: the value at a minute's end, never a fact.
    Metric("waiting_now", "count", windowed=True),
    Metric("oldest_wait", "ms", windowed=True),
    Metric("backlog_open", "count", windowed=True),
)
NUMBER = {metric.name: number for number, metric in enumerate(METRICS)}
GAUGES = frozenset({WAITING_NOW, OLDEST_WAIT, BACKLOG_OPEN})
