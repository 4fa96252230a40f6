"""What to do after the show: a ticket of one's own and a query, to paste, with the answer that the query gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from deskpulse.database import Database
from deskpulse.demo.configuration import Demo
from deskpulse.demo.zendesk import instant
from deskpulse.wiring.logins import access

_HOUR_MS = 3_600_000
_LATE_MS = 60_000
"""What happened at the end of an hour is stored by then."""


def next_steps(demo: Demo, now_ms: int) -> str:
    """Seven lines of a terminal of 80: they and the screen fit into 24."""
    database = Database(access(demo.settings, "reader"))
    sql = query(now_ms)
    try:
        hours = ["\t".join(str(value) for value in row.values()) for row in database.rows(sql)]
    finally:
        database.close()
    return told(_ticket(demo, now_ms), _reader(demo), sql, hours)


def query(now_ms: int) -> str:
    """Of hours that are over, by name: the answer beside it is still the answer when it is pasted."""
    hour = datetime.fromtimestamp((now_ms - _LATE_MS) // _HOUR_MS * _HOUR_MS / 1000, UTC)
    return (
        "SELECT period, count, round(avg / 60000, 1) FROM v_metrics_hour_by_channel WHERE account = 'north-shop' "  # noqa: S608 - the hour is ours
        f"AND metric = 'frt_human' AND channel = 'chat' AND period < '{hour:%F %T}' ORDER BY period DESC LIMIT 2"
    )


def told(ticket: Path, reader: Path, sql: str, hours: list[str]) -> str:
    return "\n".join(
        (
            "The present is met: the shops go on at rate 1. Now you, in another terminal:",
            f"curl -sK {ticket}  # a customer writes",
            f'curl -sK {reader} -d "{sql}"',
            *hours,
        )
    )


def _ticket(demo: Demo, now_ms: int) -> Path:
    event = {
        "specversion": "1.0",
        "id": "yours-1",
        "type": "deskpulse.ticket.opened.v1",
        "subject": "yours",
        "time": instant(now_ms),
        "data": {"channel": "chat", "customer": "you"},
    }
    headers = {"Authorization": f"Bearer {demo.token}", "Content-Type": "application/cloudevents+json"}
    return _curl_file(demo.file.with_name("ticket.curl"), f"{demo.settings.gateway.local_url}/v1/events", headers, event)


def _reader(demo: Demo) -> Path:
    reader = access(demo.settings, "reader")
    headers = {"X-ClickHouse-User": reader.user, "X-ClickHouse-Key": reader.password}
    return _curl_file(demo.file.with_name("sql.curl"), f"{reader.address}/?database={reader.database}", headers)


def _curl_file(file: Path, url: str, headers: dict[str, str], body: object = None) -> Path:
    """For its owner alone: a token in a command line is seen by everybody."""
    file.touch(mode=0o600)
    options = [f'url = "{url}"', *(f'header = "{name}: {value}"' for name, value in headers.items())]
    if body is not None:
        # Within its quotes curl reads a string as JSON writes one.
        options += [f"data = {json.dumps(json.dumps(body))}", 'write-out = "\\n"']
    file.write_text("\n".join(options) + "\n", encoding="utf-8")
    return file
