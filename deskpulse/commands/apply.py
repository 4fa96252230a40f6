"""`deskpulse apply`: settings that change numbers go into the log."""

import json
from dataclasses import asdict

from deskpulse.commands.exits import Exit, telling
from deskpulse.commands.options import AsJson, Config, settings_of

EXAMPLES = ("deskpulse apply", "deskpulse apply --json")


def apply(config: Config = None, as_json: AsJson = False) -> None:
    """Append the settings of accounts that changed to the log. Unchanged ones are left alone; `up` does this too."""
    from deskpulse.applying import ApplyError
    from deskpulse.wiring.apply import apply_settings

    settings = settings_of(config, "reader")
    with telling(Exit.NOT_THERE, ApplyError):
        applied = apply_settings(settings)
    if as_json:
        print(json.dumps(asdict(applied), indent=2))
        return
    for word, names in (("new", applied.new), ("changed", applied.changed), ("unchanged", applied.unchanged)):
        if names:
            print(f"{word}: {', '.join(names)}")
    if not settings.accounts:
        print("No accounts are configured. Next: deskpulse sources add")
