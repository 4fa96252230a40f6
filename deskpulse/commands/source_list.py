"""`deskpulse sources list`: what is connected, and what arrives from it."""

import json
import sys
from typing import TYPE_CHECKING

from deskpulse.commands.options import AsJson, Config, settings_of
from deskpulse.counted import counted
from deskpulse.settings import Settings
from deskpulse.told import ToldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deskpulse.sources.activity import Activity, Name

EXAMPLES = ("deskpulse sources list", "deskpulse sources list --json")


def list_(config: Config = None, as_json: AsJson = False) -> None:
    """List the sources: their URLs, and what arrived from each of them lately. Secrets are counted, never shown.

    LAST EVENT is the age of the newest event; HOUR and DAY count the last hour's and day's events, REJECTED the last day's dead letters.
    LATE is the median / the slowest tenth of the day's events, from the event at the helpdesk to its row in ClickHouse.
    """
    from deskpulse.clock import now_from
    from deskpulse.sources.address import url_of
    from deskpulse.sources.table import Listed, lines, rejects_elsewhere
    from deskpulse.sources.table import as_json as in_json

    settings = settings_of(config)
    listed = [
        Listed(
            account_name,
            source_name,
            source.vendor,
            url_of(settings, source.vendor, account_name, source_name),
            len(source.secrets) + len(source.tokens),
        )
        for account_name, account in settings.accounts.items()
        for source_name, source in account.sources.items()
    ]
    now_ms = now_from(settings.injected_clock)()
    seen, why_not = _seen(settings, now_ms) if listed else (None, "")
    if as_json:
        print(json.dumps(in_json(listed, seen), indent=2))
    elif not listed:
        print("No sources yet. Next: deskpulse sources add")
    else:
        print("\n".join(lines(listed, seen, now_ms)))
    if why_not:
        print(f"What arrived is not known: {why_not}", file=sys.stderr)
    elif seen is not None and (elsewhere := rejects_elsewhere(listed, seen)):
        more = counted(elsewhere, "more reject of the last day belongs", "more rejects of the last day belong")
        print(f"{more} to none of these: deskpulse dead-letters list", file=sys.stderr)


def _seen(settings: Settings, now_ms: int) -> "tuple[Mapping[Name, Activity] | None, str]":
    """By source, or why nobody knows."""
    from deskpulse.database import Database, DatabaseError
    from deskpulse.sources.activity import activity
    from deskpulse.wiring.logins import access, why_no_reader

    if why_not := why_no_reader(settings):
        return None, why_not
    try:
        reader = access(settings, "reader")
    except ToldError as error:
        return None, str(error)
    database = Database(reader, timeout_s=5.0)
    try:
        return activity(database, now_ms, by_the_wall=settings.injected_clock is None), ""
    except DatabaseError as error:
        return None, str(error)
    finally:
        database.close()
