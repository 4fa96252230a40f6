"""`deskpulse sink`: results into ClickHouse."""

from deskpulse.commands.exits import Exit, telling
from deskpulse.commands.logs import to_stderr
from deskpulse.commands.options import Config, settings_of
from deskpulse.commands.worker import Instance

EXAMPLES = ("deskpulse sink", "deskpulse sink --instance sink-1")


def sink(config: Config = None, instance: Instance = "") -> None:
    """Run the ClickHouse sink in the foreground. ClickHouse away: it waits and lags, nothing upstream notices."""
    from deskpulse.wiring.sink import sink_settings
    from sinks.faults import SinkStoppedError, StartAgainError
    from sinks.loop import run

    settings = sink_settings(settings_of(config, "writer"), instance)
    to_stderr()
    with telling(Exit.REFUSED, SinkStoppedError), telling(Exit.NOT_THERE, StartAgainError):
        run(settings)
