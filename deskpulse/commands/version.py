"""`deskpulse --version`: which release this is."""

from importlib import metadata
from typing import Annotated

import typer


def _say(asked: bool) -> None:
    if asked:
        print(f"deskpulse {metadata.version('deskpulse')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Say which release this is.", callback=_say, is_eager=True)]


def options(version: Version = False) -> None:
    pass
