"""`deskpulse migrate`: the database's schema."""

import json

from deskpulse.commands.exits import Exit, telling
from deskpulse.commands.options import AsJson, Config, settings_of
from deskpulse.counted import counted

EXAMPLES = ("deskpulse migrate", "deskpulse migrate --json")


def migrate(config: Config = None, as_json: AsJson = False) -> None:
    """Bring ClickHouse to this build's schema: database, tables, views. Running it again changes nothing."""
    from deskpulse.wiring.migrate import MigrateError, migrate_database

    settings = settings_of(config, "admin")
    with telling(Exit.NOT_THERE, MigrateError):
        ran = migrate_database(settings)
    if as_json:
        print(json.dumps([{"version": one.version, "statement": one.number, "name": one.name} for one in ran], indent=2))
        return
    where = f"{settings.clickhouse.database} at {settings.clickhouse.address}"
    print(f"{where}: {counted(len(ran), 'statement')} ran." if ran else f"{where}: all current.")
