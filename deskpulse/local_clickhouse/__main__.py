"""`python -m deskpulse.local_clickhouse`: the server process that LocalClickHouse starts, and that alone imports chdb."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from deskpulse.local_clickhouse.config import DEFAULT_MEMORY_BYTES
from deskpulse.local_clickhouse.process import ServerOptions, serve_forever


def _end_with(parent: int) -> None:
    """The parent holds the other end of the pipe and never writes: its end, however it came, is the end of ours."""

    def wait_for_its_end() -> None:
        while os.read(parent, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_its_end, name="tether", daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="deskpulse.local_clickhouse", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--memory-bytes", type=int, default=DEFAULT_MEMORY_BYTES)
    parser.add_argument("--die-with-parent", action="store_true", help="end when standard input ends")
    asked = parser.parse_args()
    if asked.die_with_parent:
        _end_with(sys.stdin.fileno())
    return serve_forever(ServerOptions(asked.data_dir, asked.port, asked.memory_bytes))


if __name__ == "__main__":
    sys.exit(main())
