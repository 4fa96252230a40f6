"""`deskpulse clickhouse`: the embedded ClickHouse alone, in the foreground, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from deskpulse.local_clickhouse.config import DEFAULT_MEMORY_BYTES
from deskpulse.local_clickhouse.folder import FolderInUseError
from deskpulse.local_clickhouse.local import LocalClickHouse, LocalClickHouseError
from deskpulse.local_clickhouse.tokens import FILE_NAME

_LOOK_EVERY_S = 0.5


def run(data_dir: Path, port: int, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> int:
    """Runs the server until SIGINT or SIGTERM; the answer is the command's exit code."""
    stopping = threading.Event()

    def begin_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, begin_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    server = LocalClickHouse(data_dir, port, die_with_parent=True, memory_bytes=memory_bytes)
    try:
        with server:
            print(f"ClickHouse (embedded) at {server.url}, data in {server.data_dir}.")
            print(f"Users reader, writer, admin; their tokens are in {server.data_dir / FILE_NAME}. Ctrl-C stops it.", flush=True)
            while not stopping.wait(_LOOK_EVERY_S) and server.pid is not None:
                pass
            if stopping.is_set():
                return 0
            print(f"The embedded ClickHouse ended by itself. See {server.log_file}.", file=sys.stderr)
            return 1
    except (LocalClickHouseError, FolderInUseError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
