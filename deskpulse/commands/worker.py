"""`deskpulse worker`: folds partitions of the log."""

from typing import Annotated

import typer

from deskpulse.commands.options import Config, settings_of

EXAMPLES = ("deskpulse worker", "deskpulse worker --instance worker-2")

Instance = Annotated[
    str,
    typer.Option(
        "--instance", help="A name kept across restarts: what it owned comes back to it without a pause.", show_default=False
    ),
]


def worker(config: Config = None, instance: Instance = "") -> None:
    """Run one worker in the foreground; start one per core, at most one per partition. Two must not share an --instance."""
    from deskpulse.wiring.worker import worker_settings
    from streams.worker import run

    run(worker_settings(settings_of(config, "writer"), instance))
