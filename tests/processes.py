"""Ending the processes that tests start, by their pid."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_POLITE_S = 20


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Ended politely at the end of the block, if it has not died by then; killed if it does not end."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_POLITE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
