"""`metric_windows`: one row a live series and minute, whole, never signed. Pure."""

from __future__ import annotations

from events.derived import Minute, MinuteGauges
from events.metrics import METRICS
from events.windows import spread, spread_gauges
from sinks.table import Row, Table

_NAMES = tuple(metric.name for metric in METRICS)
_WINDOW_START = 3

METRIC_WINDOWS = Table(
    name="metric_windows",
    columns=(
        "account",
        "metric",
        "scope",
        "window_start",
        "label",
        "version",
        "count",
        "sum",
        "met",
        "missed",
        "levels",
        "gauge",
    ),
    identity=("account", "metric", "scope", "window_start", "label"),
    day=lambda row: row[_WINDOW_START] // 86_400,
    partitioned_by="day",
)


def window_rows(minute: Minute | MinuteGauges) -> list[Row]:
    """An IndexError for a metric this release does not know."""
    account, start_s, version = minute.account, minute.minute * 60, minute.version
    windows = spread(minute) if isinstance(minute, Minute) else spread_gauges(minute)
    return [
        (
            account,
            _NAMES[window.metric],
            window.scope,
            start_s,
            window.label,
            version,
            window.count,
            window.sum,
            window.met,
            window.missed,
            window.levels,
            window.gauge,
        )
        for window in windows
    ]
