"""The server's own process: opens the engine, listens on loopback, and ends cleanly on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from deskpulse.local_clickhouse.app import Door, Limits, create_app
from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.config import DEFAULT_MEMORY_BYTES, EngineConfig
from deskpulse.local_clickhouse.engine import Engine
from deskpulse.local_clickhouse.errors import EngineFault
from deskpulse.local_clickhouse.folder import Folder
from deskpulse.local_clickhouse.protocol import Rows
from deskpulse.local_clickhouse.tokens import load_or_create

HOST = "127.0.0.1"
_FINISH_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class ServerOptions:
    data_dir: Path
    port: int
    memory_bytes: int = DEFAULT_MEMORY_BYTES


class _Server(uvicorn.Server):
    """uvicorn, with an end to statements that would outlast their server."""

    def __init__(self, config: uvicorn.Config, door: Door) -> None:
        super().__init__(config)
        self._door = door

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.ensure_future(self._end_what_remains())
        await super().shutdown(sockets)
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending

    async def _end_what_remains(self) -> None:
        await asyncio.sleep(_FINISH_WITHIN_S)
        await self._door.end_all()


class _Stop:
    """SIGTERM and SIGINT at any time: while the engine opens, and when uvicorn raises again what it had caught."""

    def __init__(self) -> None:
        self._asked = False
        self._server: _Server | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def tell(self, server: _Server) -> None:
        self._server = server
        server.should_exit = self._asked

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._server is not None:
            self._server.should_exit = True


def serve_forever(options: ServerOptions) -> int:
    """The command's exit code. Prints one line to stderr where it cannot start."""
    stop = _Stop()
    folder = Folder(options.data_dir)
    try:
        listener = _listen(options.port)
        tokens = load_or_create(options.data_dir)
        engine = _opened(folder, EngineConfig(folder.backups, options.memory_bytes))
    except (OSError, RuntimeError, EngineFault) as error:
        print(f"clickhouse: {error}", file=sys.stderr)
        return 1
    door = Door(engine, tokens, options.port, Caps(max_memory_usage=options.memory_bytes // 2), Limits())
    config = uvicorn.Config(
        create_app(door),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=300,  # sinks idle between batches, and a connection closed under an INSERT costs a retry
    )
    server = _Server(config, door)
    stop.tell(server)
    server.run(sockets=[listener])
    door.close()
    engine.close()
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # Before the engine opens, which takes a second: of two servers for one port, the second shall know at once.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise RuntimeError(
            f"Port {port} of {HOST} is taken ({error.strerror}). Stop who has it, or set clickhouse.port."
        ) from error
    return listener


def _opened(folder: Folder, config: EngineConfig) -> Engine:
    """The engine, opened and warmed up on a thread of its own: the first INSERT and SELECT of a process are slow."""
    outcome: list[Engine | BaseException] = []

    def open_engine() -> None:
        try:
            engine = Engine(folder, config)
            outcome.append(engine)
            with engine.handle() as handle:
                handle.run("CREATE TEMPORARY TABLE warm_up (n UInt8)")
                handle.insert("INSERT INTO warm_up", Rows("TabSeparated", b"1\n"))
                handle.run("SELECT sum(n) FROM warm_up", "Native")
        except BaseException as error:  # carried to the thread that waits for it
            outcome.insert(0, error)

    opener = threading.Thread(target=open_engine, name="opening")
    opener.start()
    opener.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
