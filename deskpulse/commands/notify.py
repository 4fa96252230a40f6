"""`deskpulse notify`: alerts to people and programs."""

from deskpulse.commands.exits import Exit, telling
from deskpulse.commands.logs import to_stderr
from deskpulse.commands.options import Config, settings_of
from deskpulse.commands.worker import Instance

EXAMPLES = ("deskpulse notify",)


def notify(config: Config = None, instance: Instance = "") -> None:
    """Run the notifier in the foreground: prints alerts and posts them, signed, to the configured webhooks."""
    from deskpulse.wiring.notify import notify_settings
    from sinks.faults import SinkStoppedError, StartAgainError
    from sinks.notifiers.loop import run

    settings = notify_settings(settings_of(config), instance)
    to_stderr()
    with telling(Exit.REFUSED, SinkStoppedError), telling(Exit.NOT_THERE, StartAgainError):
        run(settings)
