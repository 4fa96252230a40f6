"""`deskpulse clickhouse`: the local ClickHouse alone, in the foreground."""

from importlib.util import find_spec

import typer

from deskpulse.commands.exits import Exit, stop
from deskpulse.commands.options import Config, settings_of
from deskpulse.private import private

_ENGINE = "chdb"
EXAMPLES = ("deskpulse clickhouse", "DESKPULSE_CLICKHOUSE__PORT=8123 deskpulse clickhouse")


def clickhouse(config: Config = None) -> None:
    """Run the local ClickHouse alone, until Ctrl-C. Its data and the tokens of its users stay in the data folder."""
    from deskpulse.local_clickhouse import run
    from deskpulse.wiring.logins import clickhouse_folder

    settings = settings_of(config)
    if find_spec(_ENGINE) is None:
        stop(
            f"The local ClickHouse needs the package {_ENGINE}. Install it with: pip install 'deskpulse[local]'", Exit.FOUND_WRONG
        )
    raise typer.Exit(run(private(clickhouse_folder(settings)), settings.clickhouse.port))
