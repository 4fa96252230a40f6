"""`deskpulse kafka`: the local Apache Kafka alone, in the foreground."""

import typer

from deskpulse.commands.options import Config, settings_of
from deskpulse.private import private

EXAMPLES = (
    "deskpulse kafka",
    "DESKPULSE_KAFKA__PORT=9092 deskpulse kafka",
)


def kafka(config: Config = None) -> None:
    """Run the local Apache Kafka alone, until Ctrl-C. Its data stays in the data folder."""
    from deskpulse.local_kafka import run

    settings = settings_of(config)
    raise typer.Exit(run(private(settings.data / "kafka"), settings.kafka.port))
