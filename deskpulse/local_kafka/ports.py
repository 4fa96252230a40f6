"""Ports on loopback: is one free, who holds it, which is free."""

from __future__ import annotations

import contextlib
import random
import socket

import psutil

from deskpulse.local_kafka.errors import LocalKafkaError, PortInUseError

# Below the range from which the kernel takes the ports of outgoing connections: one of those could sit on a
# port between its choice and the broker's bind.
_CHOICE = range(20_000, 32_000)


def claim(port: int) -> None:
    """Raises PortInUseError, naming the holder where the system tells, unless a server could listen there now."""
    if not _is_free(port):
        raise PortInUseError(port, _holder(port))


def free_port() -> int:
    for _ in range(100):
        port = random.choice(_CHOICE)
        if _is_free(port):
            return port
    raise LocalKafkaError(f"No free port was found on 127.0.0.1 between {_CHOICE.start} and {_CHOICE.stop}. Stop some programs.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _holder(port: int) -> str | None:
    # Some systems tell only root whose a connection is.
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None
