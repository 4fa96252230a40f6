"""Rows a second that the sink writes, by topic."""

from __future__ import annotations

from dataclasses import dataclass

from bench import sink_rows
from bench.lab import Lab
from bench.sink_rows import Speed


@dataclass(frozen=True, slots=True)
class SinkResult:
    sink_rows_per_second: float
    """Of the slowest topic, by the wall."""
    by_topic: dict[str, Speed]


def measure(lab: Lab) -> SinkResult:
    found = sink_rows.measure(lab)
    by_topic = {"facts": found.facts, "metric-windows": found.windows, "tickets": found.tickets}
    return SinkResult(min(speed.per_s.median for speed in by_topic.values()), by_topic)
