"""`deskpulse clickhouse`: the local ClickHouse alone, in the foreground."""

import typer

from deskpulse.commands.options import Config, settings_of

EXAMPLES = ("deskpulse clickhouse", "DESKPULSE_CLICKHOUSE__PORT=8123 deskpulse clickhouse")


def clickhouse(config: Config = None) -> None:
    """Run the local ClickHouse alone, until Ctrl-C. Its data and the tokens of its users stay in the data folder."""
    from deskpulse.local_clickhouse import run
    from deskpulse.wiring.logins import clickhouse_folder

    settings = settings_of(config)
    raise typer.Exit(run(clickhouse_folder(settings), settings.clickhouse.port))
