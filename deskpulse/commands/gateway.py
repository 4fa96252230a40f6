"""`deskpulse gateway`: the HTTP door."""

import errno
import socket

from deskpulse.commands.exits import Exit, stop, telling
from deskpulse.commands.logs import to_stderr
from deskpulse.commands.options import Config, settings_of
from deskpulse.private import private
from deskpulse.settings.load import DEFAULT_FILE, file_to_read

EXAMPLES = ("deskpulse gateway", "DESKPULSE_GATEWAY__PORT=9000 deskpulse gateway")


def gateway(config: Config = None) -> None:
    """Run the gateway in the foreground: webhooks and CloudEvents in, answered once the log has them."""
    from deskpulse.wiring.gateway import gateway_settings, spool_folder
    from ingest.gateway import run
    from ingest.spool.errors import SpoolError

    settings = settings_of(config)
    to_stderr()
    _claim(settings.gateway.host, settings.gateway.port)
    private(spool_folder(settings).parent)
    with telling(Exit.REFUSED, SpoolError):
        run(gateway_settings(settings, file_to_read(config) or DEFAULT_FILE), settings.gateway.host, settings.gateway.port)


def _claim(host: str, port: int) -> None:
    """Before anything begins: the server itself says it in the middle of its log, and ends with other words."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        what = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
        stop(f"Port {port} of {host} {what}. Stop who has it, or set gateway.port or gateway.host.", Exit.NOT_THERE)
