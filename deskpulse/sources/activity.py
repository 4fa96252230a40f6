"""What arrived from each source lately, as ClickHouse has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from deskpulse.database import Database

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
Name = tuple[str, str]
"""Account and source."""

_LAST = """
SELECT account, source, toUnixTimestamp64Milli(max(event_time)) AS last_ms FROM ticket_events GROUP BY account, source
"""
# FINAL: a delivery that was repeated is stored twice until parts are merged.
_DAY = """
SELECT account, source, countIf(event_time > fromUnixTimestamp64Milli({hour:Int64})) AS hour, count() AS day,
       quantilesExact(0.5, 0.9)(toUnixTimestamp64Milli(written_at) - toUnixTimestamp64Milli(event_time)) AS late
FROM ticket_events FINAL
WHERE event_time > fromUnixTimestamp64Milli({day:Int64}) AND event_time <= fromUnixTimestamp64Milli({now:Int64})
GROUP BY account, source
"""
_REJECTS = """
SELECT account, source, count() AS rejects FROM v_dead_letters WHERE at > fromUnixTimestamp64Milli({day:Int64})
GROUP BY account, source
"""


@dataclass(frozen=True, slots=True)
class Activity:
    last_ms: int | None = None
    """When its newest event happened; none has arrived yet."""
    events_hour: int = 0
    events_day: int = 0
    rejects_day: int = 0
    late_median_ms: int | None = None
    """From an event to its row in ClickHouse, over the day's events: nothing where there are none, or by an injected clock."""
    late_p90_ms: int | None = None


def activity(database: Database, now_ms: int, *, by_the_wall: bool) -> Mapping[Name, Activity]:
    """By account and source, those among them that are configured no longer. Events and rejects of the day before `now_ms`.

    The receipt stays in Kafka, so lateness is measured to the row: a second or so more, and after a rebuild it is the rebuild's.
    Rows are dated by the wall, so beside a clock of another time there is none.
    """
    bounds = {"now": now_ms, "hour": now_ms - HOUR_MS, "day": now_ms - DAY_MS}
    found = {
        (row["account"], row["source"]): Activity(int(row["last_ms"])) for row in database.rows(_LAST) if int(row["last_ms"]) > 0
    }
    for row in database.rows(_DAY, bounds):
        name = row["account"], row["source"]
        late = [int(value) for value in row["late"]] if by_the_wall else [None, None]
        found[name] = replace(
            found.get(name, Activity()),
            events_hour=int(row["hour"]),
            events_day=int(row["day"]),
            late_median_ms=late[0],
            late_p90_ms=late[1],
        )
    for row in database.rows(_REJECTS, bounds):
        name = row["account"], row["source"]
        found[name] = replace(found.get(name, Activity()), rejects_day=int(row["rejects"]))
    return found
