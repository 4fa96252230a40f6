"""`deskpulse doctor`: what is reachable, keeping up, or wrong."""

import json

import typer

from deskpulse.commands.exits import Exit
from deskpulse.commands.options import AsJson, Config, settings_of

EXAMPLES = ("deskpulse doctor", "deskpulse doctor --json")


def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Look at everything: what is reachable, keeping up, or wrong, and what to do. Fails if something is wrong."""
    from deskpulse.doctor import Health, examine

    settings = settings_of(config, "reader")
    found = []
    for finding in examine(settings):
        found.append(finding)
        if not as_json:
            print(finding, flush=True)
    wrong = any(finding.health is Health.BAD for finding in found)
    if as_json:
        told = [{"what": one.what, "health": one.health.value, "text": one.text, "do": one.do} for one in found]
        print(json.dumps({"ok": not wrong, "findings": told}, indent=2))
    raise typer.Exit(Exit.FOUND_WRONG if wrong else Exit.DONE)
