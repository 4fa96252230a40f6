"""Writes clickhouse/0002_views.sql: `python -m schemas.views`. A test holds the committed file to this text.

Plain views, which every BI tool lists as typed tables: no parameters, FINAL inside. Percentiles are exact and interpolated,
as numpy, pandas and spreadsheets have them, so that an analyst who checks gets the same number.
"""

# ruff: noqa: S608  the text of our own views: nothing from outside enters it

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "clickhouse" / "0002_views.sql"

# The account's wall clock, written as UTC: when clocks go back, two hours share a row. A filter on it prunes partitions.
_HOUR = "toDateTime({day}, 'UTC') + toIntervalHour(local_hour)"
_LONGER = {"day": "{day}", "week": "toMonday({day})", "month": "toStartOfMonth({day})", "quarter": "toStartOfQuarter({day})"}
_GRAINS = {"hour": _HOUR, **_LONGER}
# How a dimension's column is spelt, and what else FROM needs.
_DIMENSIONS = {
    "total": ("", ""),
    "channel": ("channel", ""),
    "team": ("team", ""),
    "agent": ("agent_id", ""),
    "priority": ("priority", ""),
    "tag": ("tag", " ARRAY JOIN f.tags AS tag"),
    "brand": ("brand", ""),
}

_MEASURES = """any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets"""


def _view(name: str, comment: str, select: str) -> str:
    return f"CREATE OR REPLACE VIEW {name} ${{on_cluster}} AS\n{select.strip()}\nCOMMENT '{comment}';\n"


def _aggregate(name: str, comment: str, period: str, dimension: str, where: str = "") -> str:
    column, unnest = _DIMENSIONS[dimension]
    also = f"f.{column} AS {column}, " if column and not unnest else f"{column}, " if column else ""
    group = f", {column}" if column else ""
    return _view(
        name,
        comment,
        f"""
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, {period} AS period, {also}{_MEASURES}
FROM facts AS f FINAL{unnest}{where}
GROUP BY account, metric, period{group}
""",
    )


def _metrics() -> list[str]:
    return [
        _aggregate(
            f"v_metrics_{grain}_by_{dimension}",
            _said(grain, dimension, "of the instant"),
            period.format(day="f.local_date"),
            dimension,
        )
        for grain, period in _GRAINS.items()
        for dimension in _DIMENSIONS
    ]


def _cohorts() -> list[str]:
    return [
        _aggregate(
            f"v_cohorts_{grain}_by_{dimension}",
            _said(grain, dimension, "in which the ticket was opened"),
            period.format(day="assumeNotNull(f.opened_date)"),
            dimension,
            "\nWHERE f.opened_date IS NOT NULL",
        )
        for grain, period in _LONGER.items()
        for dimension in ("total", "channel")
    ]


def _said(grain: str, dimension: str, of: str) -> str:
    by = "" if dimension == "total" else f" and {dimension}"
    return f"Every metric by {grain}{by}; the {grain} {of}, in the zone of the account"


def _distributions() -> list[str]:
    views = []
    for grain, template in _GRAINS.items():
        period = template.format(day="f.local_date")
        views += [
            _view(
                f"v_levels_{grain}",
                f"How many answers reached each service level, by {grain} and channel",
                f"""
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, {period} AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
""",
            ),
            _view(
                f"v_scores_{grain}",
                f"How often each rating was given, by {grain} and channel",
                f"""
SELECT f.account AS account, f.metric AS metric, {period} AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
""",
            ),
        ]
    return views


def _customers() -> list[str]:
    return [
        _view(
            f"v_customers_{grain}",
            f"How many different customers stand behind each metric, by {grain}",
            f"""
SELECT f.account AS account, f.metric AS metric, {period.format(day="f.local_date")} AS period, uniqExact(t.customer) AS customers
FROM facts AS f FINAL
INNER JOIN tickets AS t FINAL ON f.account = t.account AND f.source = t.source AND f.ticket_id = t.ticket_id
WHERE t.customer != ''
GROUP BY account, metric, period
""",
        )
        for grain, period in _LONGER.items()
    ]


def _rows() -> list[str]:
    return [
        _view(
            "v_facts",
            "Every measurement that holds, one row each",
            "SELECT * EXCEPT (sign) FROM facts FINAL",
        ),
        _view(
            "v_tickets",
            "Every ticket as it is now",
            """
SELECT *, toMonday(opened_date) AS opened_week, toStartOfMonth(opened_date) AS opened_month,
       toStartOfQuarter(opened_date) AS opened_quarter
FROM tickets FINAL
""",
        ),
        _view(
            "v_tickets_by_tag",
            "Tickets opened, by day and tag",
            """
SELECT account, assumeNotNull(opened_date) AS period, tag, count() AS tickets
FROM tickets FINAL ARRAY JOIN tags AS tag
WHERE merged_into = '' AND opened_date IS NOT NULL
GROUP BY account, period, tag
""",
        ),
        _view(
            "v_waiting",
            "Open tickets whose customer waits for an answer, and for how long",
            """
SELECT account, source, ticket_id, channel, priority, team, agent_id, tags, opened_at, assumeNotNull(waiting_since) AS since,
       dateDiff('millisecond', since, now64(3, 'UTC')) AS waiting_ms
FROM tickets FINAL
WHERE status = 'open' AND waiting_since IS NOT NULL
""",
        ),
        _view(
            "v_backlog",
            "All open tickets, who holds them, and how old they are (NULL where the opening was never seen)",
            """
SELECT account, source, ticket_id, channel, priority, team, agent_id, tags, opened_at, updated_at,
       dateDiff('millisecond', opened_at, now64(3, 'UTC')) AS age_ms
FROM tickets FINAL
WHERE status = 'open'
""",
        ),
        _view(
            "v_windows",
            "Live minutes. Filter on one scope: the scopes overlap",
            """
SELECT w.account AS account, w.metric AS metric, w.scope AS scope, replaceAll(w.label, '\\x1F', ' / ') AS label,
       w.window_start AS window_start, w.count AS count, w.sum AS sum, if(count > 0, sum / count, NULL) AS avg,
       w.met AS met, w.missed AS missed, if(met + missed > 0, met / (met + missed), NULL) AS attained,
       w.levels[1] AS level_1, w.levels[2] AS level_2, w.levels[3] AS level_3, w.levels[4] AS level_4, w.levels[5] AS level_5,
       w.gauge AS gauge, w.version AS version
FROM metric_windows AS w FINAL
""",
        ),
        _view(
            "v_alerts",
            "Every alert episode in its last state",
            "SELECT * FROM alerts FINAL ORDER BY account, episode_id, seq DESC LIMIT 1 BY account, episode_id",
        ),
        _view(
            "v_open_alerts",
            "Alerts that are open now",
            "SELECT * FROM v_alerts WHERE state != 'resolved' AND historical = 0",
        ),
        _view(
            "v_dead_letters",
            "What could not be applied, and why",
            "SELECT * FROM dead_letters FINAL",
        ),
    ]


def _orders() -> list[str]:
    return [
        _view(
            "v_orders",
            "Every order with its refunds; periods of orders are UTC",
            """
SELECT o.account AS account, o.source AS source, o.order_id AS order_id,
       argMaxIf(o.customer, (o.at, o.version), o.kind = 'placed') AS customer, minIf(o.at, o.kind = 'placed') AS placed_at,
       argMaxIf(o.amount, (o.at, o.version), o.kind = 'placed') AS amount, sumIf(o.amount, o.kind = 'refunded') AS refunded,
       argMaxIf(o.currency, (o.at, o.version), o.kind = 'placed') AS currency
FROM orders AS o FINAL
GROUP BY account, source, order_id
HAVING countIf(o.kind = 'placed') > 0
""",
        ),
        _view(
            "v_conversions",
            "Orders that followed a ticket of the same customer; the ticket opened last is credited",
            """
SELECT o.account AS account, o.source AS shop, o.order_id AS order_id, o.placed_at AS placed_at,
       o.amount AS amount, o.refunded AS refunded, o.amount - o.refunded AS revenue, o.currency AS currency,
       t.source AS source, t.ticket_id AS ticket_id, t.opened_at AS opened_at, t.opened_date AS opened_date,
       t.channel AS channel, t.last_team AS team, t.last_agent_id AS agent_id, ${conversion_days} AS days
FROM v_orders AS o
INNER JOIN tickets AS t FINAL ON o.account = t.account AND o.customer = t.customer
WHERE o.customer != '' AND t.merged_into = ''
  AND t.opened_at <= o.placed_at AND o.placed_at <= t.opened_at + toIntervalDay(${conversion_days})
ORDER BY t.opened_at DESC, t.source DESC, t.ticket_id DESC
LIMIT 1 BY account, shop, order_id
""",
        ),
        _view(
            "v_conversion",
            "Tickets by opening day, and how many an order followed",
            """
SELECT t.account AS account, assumeNotNull(t.opened_date) AS period, t.channel AS channel, t.last_team AS team,
       t.last_agent_id AS agent_id, count() AS tickets, countIf(ifNull(c.hit, 0) = 1) AS converted, converted / tickets AS rate,
       ${conversion_days} AS days
FROM tickets AS t FINAL
LEFT JOIN (SELECT DISTINCT account, source, ticket_id, 1 AS hit FROM v_conversions) AS c
    ON t.account = c.account AND t.source = c.source AND t.ticket_id = c.ticket_id
WHERE t.merged_into = '' AND t.opened_date IS NOT NULL
GROUP BY account, period, channel, team, agent_id
""",
        ),
    ]


def text() -> str:
    """The whole file. Views that read others come after them."""
    head = "-- The views that dashboards and BI tools read. Written by `python -m schemas.views`: change that, not this.\n\n"
    return head + "\n".join([*_rows(), *_metrics(), *_cohorts(), *_distributions(), *_customers(), *_orders()])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
