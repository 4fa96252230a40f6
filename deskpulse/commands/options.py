"""Options that commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from deskpulse.commands.exits import Exit, stop
from deskpulse.settings import Settings, SettingsError, load

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; else $DESKPULSE_CONFIG, else ./deskpulse.yaml.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def settings_of(config: Path | None, *logins: Literal["admin", "writer", "reader"]) -> Settings:
    """The settings, with these logins of a ClickHouse of your own; or the end of the command with every fault of them."""
    try:
        settings = load(config)
    except SettingsError as error:
        stop(str(error), Exit.USAGE)
    clickhouse = settings.clickhouse
    if missing := [role for role in logins if not clickhouse.is_local and getattr(clickhouse, role) is None]:
        stop(f"This command needs `user` and `password` of clickhouse.{' and clickhouse.'.join(missing)}", Exit.USAGE)
    return settings
