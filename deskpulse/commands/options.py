"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from deskpulse.commands.exits import Exit, stop
from deskpulse.settings import Settings, SettingsError, load

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; else $DESKPULSE_CONFIG, else ./deskpulse.yaml.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def settings_of(config: Path | None) -> Settings:
    """The settings, or the end of the command with every fault of them."""
    try:
        return load(config)
    except SettingsError as error:
        stop(str(error), Exit.USAGE)
