"""What ClickHouse says of an account, through the views that anybody may use, in the scenario's own words and times."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.integration.golden.moved import SOURCE, Moved
from tests.oracle.facts import Fact, Heading
from tests.oracle.log import Expected

_MS = "toUnixTimestamp64Milli"
_ROW = {
    "ticket": "ticket_id",
    "agent": "agent_id",
    "last_agent": "last_agent_id",
    **{
        name: f"{_MS}({name})"
        for name in ("opened_at", "first_replied_at", "resolved_at", "abandoned_at", "waiting_since", "updated_at")
    },
    **{
        name: name
        for name in ("status", "channel", "team", "last_team", "replies", "reopens", "rating", "level", "first_response_ms")
    },
    "resolution_ms": "resolution_ms",
}
_FACT = {
    "ticket": "ticket_id",
    "at": f"{_MS}(at)",
    "hour": "toUInt32(local_date) * 24 + local_hour",
    "agent": "agent_id",
    "opened_at": f"{_MS}(opened_at)",
    # The hour is not stored: it is asked of the account's zone, which stands still here.
    "opened_hour": "toUInt32(opened_date) * 24 + toHour(opened_at, {zone:String})",
    **{name: name for name in ("metric", "value", "channel", "team", "priority", "met", "level", "business_ms", "brand")},
    **{name: name for name in ("language", "tier", "tags")},
}
_WINDOW = {
    "minute": "intDiv(toUnixTimestamp(window_start), 60)",
    "levels": "[level_1, level_2, level_3, level_4, level_5]",
    **{name: name for name in ("metric", "scope", "label", "count", "sum", "met", "missed", "gauge")},
}


def known(client: Client, moved: Moved) -> Expected:
    """All of it, as a reader of the log would know it; only which ordinal a fact has is not stored."""
    found = Expected()
    own = moved.scenario.timeline.account, moved.scenario.timeline.source
    for row in _rows(client, moved, _ROW, "v_tickets"):
        told = _moved_back(
            row, moved, "opened_at", "first_replied_at", "resolved_at", "abandoned_at", "waiting_since", "updated_at"
        )
        found.tickets[(*own, str(told["ticket"]))] = told
    for row in _rows(client, moved, _FACT, "v_facts"):
        told = _moved_back(row, moved, "at", "opened_at")
        hours = {name: None if told[name] is None else told[name] - 24 * moved.days for name in ("hour", "opened_hour")}
        told |= {**hours, "ordinal": 0, "met": -1 if told["met"] is None else told["met"], "tags": tuple(told["tags"])}
        found.facts.add((*own, str(told["ticket"]), *(told[name] for name in (*Fact._fields, *Heading._fields))))
    for row in _rows(client, moved, _WINDOW, "v_windows"):
        if row["count"] or row["gauge"] is not None:
            minute = row["minute"] - moved.shift_ms // 60_000
            key = (own[0], row["metric"], row["scope"], row["label"], minute)
            found.windows[key] = {**row, "levels": tuple(row["levels"])}
    found.alerts |= _alerts(client, moved)
    return found


def _alerts(client: Client, moved: Moved) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in _rows(client, moved, {"message": "message"}, "alerts FINAL"):
        message = json.loads(row["message"])
        told = message["data"]
        instants = {name: _instant(told[name], moved) for name in ("onset_at", "opened_at", "resolved_at")}
        rule = (told["rule"]["id"], told["rule"]["version"])
        found[told["episode_id"], told["seq"]] = {**told, **instants, "type": message["type"], "rule": rule}
    return found


def _rows(client: Client, moved: Moved, columns: dict[str, str], view: str) -> list[dict[str, Any]]:
    select = ", ".join(f"{said} AS told_{name}" for name, said in columns.items())
    sql = f"SELECT {select} FROM {view} WHERE account = {{account:String}}"  # noqa: S608 - names of our own
    if view in {"v_tickets", "v_facts"}:
        sql += f" AND source = '{SOURCE}'"
    asked = client.query(sql, parameters={"account": moved.account, "zone": moved.zone})
    return [dict(zip(columns, row, strict=True)) for row in asked.result_rows]


def _moved_back(row: dict[str, Any], moved: Moved, *instants: str) -> dict[str, Any]:
    return row | {name: None if row[name] is None else row[name] - moved.shift_ms for name in instants}


def _instant(written: str | None, moved: Moved) -> int | None:
    return None if written is None else round(datetime.fromisoformat(written).timestamp() * 1000) - moved.shift_ms


Read = Callable[[Moved], Expected]
