"""`deskpulse check`: is the configuration right? All of it, before anything is started."""

import json

import typer

from deskpulse.commands.exits import Exit, stop
from deskpulse.commands.options import AsJson, Config
from deskpulse.counted import counted
from deskpulse.settings import SettingsError, load
from deskpulse.settings.load import file_to_read

EXAMPLES = (
    "deskpulse check",
    "deskpulse check --config staging.yaml --json",
)


def check(config: Config = None, as_json: AsJson = False) -> None:
    """Validate the whole configuration and list every fault at once."""
    try:
        settings = load(config)
    except SettingsError as error:
        if as_json:
            told = [
                {"line": one.line, "path": one.path, "variable": one.variable or None, "text": one.text} for one in error.problems
            ]
            print(json.dumps({"ok": False, "file": str(error.file) if error.file else None, "problems": told}, indent=2))
            raise typer.Exit(Exit.FOUND_WRONG) from None
        stop(str(error), Exit.FOUND_WRONG)
    if not settings.clickhouse.is_local and not any(
        (settings.clickhouse.admin, settings.clickhouse.writer, settings.clickhouse.reader)
    ):
        # A part may know its own login alone, so loading does not ask for all; a whole configuration has some.
        stop(
            "clickhouse: a server of your own needs logins: admin, writer, reader (`user` and `password` of each)",
            Exit.FOUND_WRONG,
        )
    file = file_to_read(config)
    sources = sum(len(account.sources) for account in settings.accounts.values())
    if as_json:
        said = {"ok": True, "file": str(file) if file else None, "accounts": len(settings.accounts), "sources": sources}
        print(json.dumps(said, indent=2))
        return
    where = file or "no file: defaults and environment"
    print(f"All right ({where}): {counted(len(settings.accounts), 'account')}, {counted(sources, 'source')}.")
    if not sources:
        print("Next: deskpulse sources add")
