"""`deskpulse notify`: alerts to people and programs."""

import typer

from deskpulse.commands.options import Config, settings_of
from deskpulse.commands.worker import Instance

EXAMPLES = ("deskpulse notify",)


def notify(config: Config = None, instance: Instance = "") -> None:
    """Run the notifier in the foreground: prints alerts and posts them, signed, to the configured webhooks."""
    from deskpulse.wiring.notify import notify_settings
    from sinks.notify import run

    raise typer.Exit(run(notify_settings(settings_of(config), instance)))
