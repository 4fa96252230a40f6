"""`alerts`: one row a transition, with the message itself. Pure."""

from __future__ import annotations

from sinks.alert import Alert
from sinks.instant import epoch_ms
from sinks.table import DAY_MS, Row, Table

_OPENED_AT = 1

ALERTS = Table(
    name="alerts",
    columns=(
        "account",
        "opened_at",
        "episode_id",
        "seq",
        "version",
        "alert_key",
        "rule_id",
        "rule_version",
        "state",
        "severity",
        "at",
        "onset_at",
        "resolved_at",
        "metric",
        "scope",
        "labels",
        "direction",
        "observed",
        "expected",
        "summary",
        "message",
        "historical",
    ),
    identity=("account", "opened_at", "episode_id", "seq"),
    day=lambda row: row[_OPENED_AT] // DAY_MS,
    partitioned_by="month",
)


def alert_row(alert: Alert, message: str, version: int) -> Row:
    episode = alert.data
    return (
        episode.account,
        epoch_ms(episode.opened_at),
        episode.episode_id,
        episode.seq,
        version,
        episode.alert_key,
        episode.rule.id,
        episode.rule.version,
        episode.state,
        episode.severity,
        alert.at_ms,
        None if episode.onset_at is None else epoch_ms(episode.onset_at),
        alert.resolved_at_ms,
        episode.metric,
        "+".join(episode.labels) or "total",
        episode.labels,
        episode.direction,
        None if episode.observed is None else episode.observed.value,
        None if episode.expected is None else episode.expected.value,
        episode.summary,
        message,
        1 if episode.historical else 0,
    )
