"""Whose a spool's folder is. The kernel drops the lock when its owner dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from ingest.spool.errors import SpoolError

_FILE = "owner.lock"


class Ownership:
    """Held from `take` to `release`, or until this process is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None

    def take(self) -> None:
        """Raises SpoolError while another living process has the folder."""
        if self._fd is not None:
            return
        fd = os.open(self._folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(fd, 20, 0).decode(errors="replace").strip()
            os.close(fd)
            raise SpoolError(
                f"The spool {self._folder} belongs to another gateway{f' (pid {owner})' if owner else ''}: two would lose each "
                "other's events. Stop that one, or set gateway.spool of this one to a folder of its own."
            ) from None
        except OSError:
            os.close(fd)
            raise
        with contextlib.suppress(OSError):
            # On a full disk the lock holds without a name in it.
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
