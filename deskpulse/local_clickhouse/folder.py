"""The data folder of the embedded engine: where its parts are, and which process has it.

The engine locks `<store>/status` with flock for as long as its process lives, and writes `PID: n` into its first line.
"""

from __future__ import annotations

import fcntl
import re
from dataclasses import dataclass
from pathlib import Path

_PID = re.compile(r"^PID: (\d+)")


class FolderInUseError(RuntimeError):
    """Another living process has the data folder open."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        self.pid = pid
        who = f"the process with pid {pid}" if pid else "another process"
        super().__init__(f"The data folder {data_dir} is in use by {who}. Stop it first, or choose another folder.")


@dataclass(frozen=True, slots=True)
class Folder:
    root: Path

    @property
    def store(self) -> Path:
        """The engine's own files."""
        return self.root / "store"

    @property
    def backups(self) -> Path:
        """The one folder BACKUP and RESTORE may use."""
        return self.root / "backups"

    @property
    def config(self) -> Path:
        return self.root / "config.xml"

    @property
    def output(self) -> Path:
        """What the server process printed."""
        return self.root / "server.out"


def check_free(folder: Folder) -> None:
    """Raises FolderInUseError with the owner's pid. The lock itself is the engine's to take: this only asks first."""
    status = folder.store / "status"
    if not status.exists():
        return
    with status.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise in_use(folder) from None


def in_use(folder: Folder) -> FolderInUseError:
    try:
        found = _PID.match((folder.store / "status").read_text(errors="replace"))
    except OSError:
        found = None
    return FolderInUseError(folder.root, int(found.group(1)) if found else None)
