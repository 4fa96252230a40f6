"""The database: is it there, is it current, and what came in last?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from deskpulse.clock import now_from, wall_ms
from deskpulse.counted import counted
from deskpulse.database import Database, DatabaseError
from deskpulse.doctor.finding import Finding, bad, good, look
from deskpulse.migrate import statements_of
from deskpulse.settings import Settings
from deskpulse.told import ToldError
from deskpulse.wiring.logins import access, why_no_reader
from schemas.migrations import migrations

_SKEW_MS = 5_000
_QUIET_MS = 24 * 3_600_000
_NAMED = 4
_LAST = """
SELECT account, source, count() AS events, toUnixTimestamp64Milli(max(event_time)) AS last_ms
FROM ticket_events FINAL GROUP BY account, source
"""
_LETTERS = "SELECT reason, count() AS letters FROM v_dead_letters WHERE at > now() - INTERVAL 1 DAY GROUP BY reason ORDER BY letters DESC"


def clickhouse(settings: Settings) -> Iterator[Finding]:
    if why_not := why_no_reader(settings):
        # To ask would make tokens, and a folder for them: doctor only looks.
        yield bad("clickhouse", why_not.removesuffix(". Start it: deskpulse up"), _start(settings))
        return
    try:
        reader = access(settings, "reader")
    except ToldError as error:
        yield bad("clickhouse", "its tokens cannot be read", str(error))
        return
    database = Database(reader, timeout_s=5.0)
    try:
        yield from _examined(settings, database)
    except DatabaseError as error:
        yield bad("clickhouse", str(error), _start(settings))
    finally:
        database.close()


def _start(settings: Settings) -> str:
    local = settings.clickhouse.is_local
    return "start it: deskpulse up, or deskpulse clickhouse" if local else "are address, login and rights right?"


def _examined(settings: Settings, database: Database) -> Iterator[Finding]:
    try:
        yield _clock(settings, database)
    except DatabaseError as error:
        if "UNKNOWN_DATABASE" not in str(error):
            raise
        yield bad(
            "schema",
            f"{settings.clickhouse.address} answers, but has no database {settings.clickhouse.database}",
            "deskpulse migrate",
        )
        return
    yield from _stored(settings, database)


def _clock(settings: Settings, database: Database) -> Finding:
    before_ms = wall_ms()
    its_ms = int(database.rows("SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms")[0]["now_ms"])
    if abs(its_ms - before_ms) > _SKEW_MS:
        skew_s = (its_ms - before_ms) / 1000
        return look("clickhouse", f"its clock differs by {skew_s:.1f} s from this machine's", "let both follow NTP")
    return good("clickhouse", f"{settings.clickhouse.address} answers")


def _stored(settings: Settings, database: Database) -> Iterator[Finding]:
    wanted = {(one.version, one.number) for one in statements_of(migrations())}
    try:
        ran = {
            (int(row["version"]), int(row["statement"]))
            for row in database.rows("SELECT version, statement FROM schema_migrations FINAL")
        }
    except DatabaseError:
        ran = set()
    if missing := len(wanted - ran):
        yield bad("schema", f"{missing} of {len(wanted)} statements have not run", "deskpulse migrate")
        return
    yield good("schema", f"current, {len(wanted)} statements")
    yield from _sources(settings, database)
    if letters := database.rows(_LETTERS):
        yield look("dead letters", f"in the last day: {reasons(letters)}", "deskpulse dead-letters list")


def reasons(letters: Sequence[Mapping[str, Any]]) -> str:
    """The most frequent ones by name, the others by how many letters they have."""
    named = [f"{row['reason']} {row['letters']}" for row in letters[:_NAMED]]
    rest = sum(int(row["letters"]) for row in letters[_NAMED:])
    return ", ".join(named) + (f" and {rest} more" if rest else "")


def _sources(settings: Settings, database: Database) -> Iterator[Finding]:
    seen = {(row["account"], row["source"]): row for row in database.rows(_LAST)}
    now_ms = now_from(settings.injected_clock)()
    for account_name, account in settings.accounts.items():
        for source_name in account.sources:
            what = f"{account_name}/{source_name}"
            row = seen.get((account_name, source_name))
            if row is None:
                yield look(
                    "source", f"{what}: nothing has arrived yet", "is the webhook connected? deskpulse sources list shows its URL"
                )
                continue
            last_ms = int(row["last_ms"])
            events = counted(int(row["events"]), "event")
            text = f"{what}: {events}, the last {datetime.fromtimestamp(last_ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
            if now_ms - last_ms > _QUIET_MS:
                yield look("source", text, "silent for over a day: is the webhook still active at the helpdesk?")
            else:
                yield good("source", text)
