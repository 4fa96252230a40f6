"""What to do after the show: a curl and a query to paste, with their answers, reading the numbers that were on the screen."""

from __future__ import annotations

from pathlib import Path

from deskpulse.database import Database
from deskpulse.settings import Settings
from deskpulse.wiring.logins import access

_SQL = (
    "SELECT period, channel, count, round(avg / 60000, 1) AS minutes FROM v_metrics_hour_by_channel "
    "WHERE account = 'north-shop' AND metric = 'frt_human' AND channel = 'chat' ORDER BY period"
)
_OPEN_SQL = "SELECT account, channel, count() AS open FROM v_backlog GROUP BY ALL ORDER BY ALL"


def next_steps(settings: Settings) -> str:
    curl = _curl_file(settings)
    database = Database(access(settings, "reader"))
    try:
        hours = "\n".join(
            f"  {row['period']}  {row['channel']}  n={row['count']}  {row['minutes']} min" for row in database.rows(_SQL)[-2:]
        )
        held = "\n".join(f"  {row['account']}  {row['channel']}  {row['open']}" for row in database.rows(_OPEN_SQL)[:2])
    finally:
        database.close()
    return (
        "The present is met; Ctrl-C ends it. For real: deskpulse sources add. In ClickHouse:\n"
        f'  curl -sK {curl} -d "{_OPEN_SQL}"\n{held}\n'
        f"  {_SQL}\n{hours}"
    )


def _curl_file(settings: Settings) -> Path:
    """Address, database and the reader's token, for its owner alone: a token in a command line is seen by everybody."""
    reader = access(settings, "reader")
    file = settings.data / "reader.curl"
    file.touch(mode=0o600)
    file.write_text(
        f'url = "{reader.address}/?database={reader.database}"\n'
        f'header = "X-ClickHouse-User: {reader.user}"\nheader = "X-ClickHouse-Key: {reader.password}"\n',
        encoding="utf-8",
    )
    return file
