"""What ClickHouse says, through the views that anybody may use: the only numbers the demo shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from deskpulse.database import Database

MINUTE_MS = 60_000
SLOT_MS = 10 * MINUTE_MS
SLOTS = 24

_EVENTS = """
SELECT countIf(NOT event_id LIKE 'opened:%:missed') AS events, toUnixTimestamp64Milli(max(event_time)) AS newest_ms
FROM ticket_events FINAL
"""
"""Those that were sent; an opening that the gateway took from a later delivery was not."""
_LETTERS = "SELECT count() AS letters FROM v_dead_letters"
_TICKETS = """
SELECT countIf(status = 'open') AS open, countIf(status = 'open' AND waiting_since IS NOT NULL) AS waiting FROM v_tickets
"""
_CHANNELS = """
WITH fromUnixTimestamp64Milli({now:Int64}) AS now, at > now - INTERVAL 30 MINUTE AS is_recent
SELECT account, channel, countIf(is_recent) AS n, sumIf(value, is_recent) AS recent,
       countIf(NOT is_recent) AS usual_n, sumIf(value, NOT is_recent) AS usual
FROM v_facts WHERE metric = 'frt_human' AND at > now - INTERVAL 1 DAY AND at <= now
GROUP BY account, channel ORDER BY account, channel
"""
_HISTORY = """
SELECT account, channel, intDiv({now:Int64} - toUnixTimestamp64Milli(at), {slot:Int64}) AS ago, sum(value) / count() AS mean
FROM v_facts WHERE metric = 'frt_human' AND toUnixTimestamp64Milli(at) BETWEEN {now:Int64} - {slots:Int64} * {slot:Int64} + 1 AND {now:Int64}
GROUP BY account, channel, ago
"""
_ALERTS = """
SELECT v.account AS account, v.episode_id AS episode_id, v.state AS state, f.text AS text, v.summary AS last_text,
       v.labels['channel'] AS channel, toUnixTimestamp64Milli(v.opened_at) AS opened_ms, toUnixTimestamp64Milli(v.resolved_at) AS resolved_ms
FROM v_alerts AS v
INNER JOIN (SELECT episode_id, argMin(summary, seq) AS text FROM alerts FINAL GROUP BY episode_id) AS f ON v.episode_id = f.episode_id
ORDER BY opened_ms, episode_id
"""
_FIRST_REPLIES = """
SELECT account, channel, count() AS n, sum(value) AS total_ms FROM v_facts WHERE metric = 'frt_human' GROUP BY account, channel
"""


@dataclass(frozen=True, slots=True)
class ChannelNumbers:
    account: str
    channel: str
    n: int
    recent_ms: float | None
    """Mean first response of the last 30 minutes."""
    usual_ms: float | None
    """Of the day before them."""
    history_ms: tuple[float | None, ...]
    """Means of ten minutes each, the oldest first."""


@dataclass(frozen=True, slots=True)
class AlertSeen:
    account: str
    episode_id: str
    state: str
    channel: str
    text: str
    """As it was said when it opened."""
    last_text: str
    """As it was said last: the same while it is open."""
    opened_ms: int
    resolved_ms: int | None


@dataclass(frozen=True, slots=True)
class Numbers:
    events: int = 0
    newest_ms: int = 0
    """Time of the newest event that is stored: what the other numbers are as of."""
    letters: int = 0
    open: int = 0
    waiting: int = 0
    channels: tuple[ChannelNumbers, ...] = ()
    alerts: tuple[AlertSeen, ...] = field(default=())


def read(database: Database) -> Numbers:
    events = database.rows(_EVENTS)[0]
    now_ms = int(events["newest_ms"])
    tickets = database.rows(_TICKETS)[0]
    history: dict[tuple[str, str], dict[int, float]] = {}
    for row in database.rows(_HISTORY, {"now": now_ms, "slot": SLOT_MS, "slots": SLOTS}):
        history.setdefault((row["account"], row["channel"]), {})[int(row["ago"])] = float(row["mean"])
    return Numbers(
        events=int(events["events"]),
        newest_ms=now_ms,
        letters=int(database.rows(_LETTERS)[0]["letters"]),
        open=int(tickets["open"]),
        waiting=int(tickets["waiting"]),
        channels=tuple(
            ChannelNumbers(
                account=row["account"],
                channel=row["channel"],
                n=int(row["n"]),
                recent_ms=_mean(row["recent"], row["n"]),
                usual_ms=_mean(row["usual"], row["usual_n"]),
                history_ms=tuple(history.get((row["account"], row["channel"]), {}).get(ago) for ago in reversed(range(SLOTS))),
            )
            for row in database.rows(_CHANNELS, {"now": now_ms})
        ),
        alerts=tuple(
            AlertSeen(
                account=row["account"],
                episode_id=row["episode_id"],
                state=row["state"],
                channel=row["channel"],
                text=row["text"],
                last_text=row["last_text"],
                opened_ms=int(row["opened_ms"]),
                resolved_ms=row["resolved_ms"],
            )
            for row in database.rows(_ALERTS)
        ),
    )


def first_replies(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    """By account and channel: how many first human replies, and their sum in ms."""
    return {(row["account"], row["channel"]): (int(row["n"]), int(row["total_ms"])) for row in database.rows(_FIRST_REPLIES)}


def _mean(total: object, count: object) -> float | None:
    return int(str(total)) / int(str(count)) if int(str(count)) else None
