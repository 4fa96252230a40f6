"""`deskpulse up`: everything, kept running."""

from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from deskpulse.commands.exits import Exit, stop
from deskpulse.commands.options import Config, settings_of
from deskpulse.settings.load import file_to_read

EXAMPLES = ("deskpulse up", "deskpulse up --workers 2 --config shop.yaml")

_LOOK_EVERY_S = 0.25

Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Worker processes: one per core, at most one per partition.")
]


def up(config: Config = None, workers: Workers = 1) -> None:
    """Run everything until Ctrl-C: local servers where none are configured, gateway, workers, sink and notifier.

    What dies is started again. State is in the data folder; nothing is lost when any of it is killed.
    """
    from deskpulse.running import Stack, StackError
    from deskpulse.running.downloads import shown
    from deskpulse.running.stopping import Stopped, on_signals
    from deskpulse.running.tail import Tail
    from deskpulse.running.view import PartsView

    settings = settings_of(config, "admin", "writer", "reader")
    console = Console()
    stack = Stack(settings, file_to_read(config), workers)
    view = PartsView(console)
    alerts = Tail(settings.data / "logs" / "notify.out")
    with on_signals() as stopping:

        def redraw() -> None:
            # A terminal that went away, or a full disk behind a redirection, must not keep the parts from their end.
            with suppress(OSError):
                view.show(stack.supervisor.children)

        def meanwhile() -> None:
            stopping.check()
            redraw()

        try:
            with shown(console) as progress:
                stack.fetch(progress)
            view.open()
            stack.servers_up(view.say, meanwhile)
            stack.services_up(view.say, meanwhile)
            view.say(f"Webhooks and CloudEvents: {settings.gateway.url}   Next: deskpulse sources list, deskpulse doctor")
            if stack.after_power_loss:
                view.say("The machine went down under the local Kafka: results may lack their last second. See docs/runbook.md")
            while not stopping.wait(_LOOK_EVERY_S):
                stack.look()
                with suppress(OSError):
                    for line in alerts.lines():
                        view.say(line)
                redraw()
        except Stopped:
            pass
        except StackError as error:
            view.close()
            stop(str(error), Exit.NOT_THERE)
        finally:
            stack.down(redraw)
            view.close()
