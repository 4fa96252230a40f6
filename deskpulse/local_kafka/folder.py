"""Who owns a data folder, and which broker runs in it.

The owner (the process that started the broker) holds a lock which the kernel drops when it dies, however it dies.
The broker's pid is in a file. So a broker without a living owner is an orphan, and the next owner stops it first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO

import psutil

from deskpulse.local_kafka.config import DATA_FOLDER_MARK
from deskpulse.local_kafka.errors import DataFolderInUseError, LocalKafkaError

_PID_FILE = "broker.pid"
_LOCK_FILE = "owner.lock"


class Ownership:
    """Held from `take` to `release`, or until this process is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises DataFolderInUseError, with the broker's pid, while another living owner holds the folder."""
        if self._file is not None:
            return
        file = (self._folder / _LOCK_FILE).open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise DataFolderInUseError(self._folder, running_broker(self._folder)) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def write_pid(folder: Path, pid: int) -> None:
    path = folder / _PID_FILE
    temporary = path.with_suffix(".new")
    temporary.write_text(f"{pid}\n", encoding="ascii")
    temporary.replace(path)


def forget_pid(folder: Path) -> None:
    (folder / _PID_FILE).unlink(missing_ok=True)


def running_broker(folder: Path) -> int | None:
    """The pid of the live broker of this folder. A pid that now belongs to another program does not count."""
    try:
        pid = int((folder / _PID_FILE).read_text(encoding="ascii"))
        process = psutil.Process(pid)
        is_ours = f"{DATA_FOLDER_MARK}{folder}" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return pid if is_ours else None


def stop_orphan(folder: Path, deadline_s: float) -> None:
    """Ends a broker that a killed owner left in this folder: politely, then by force. To be called by the owner."""
    pid = running_broker(folder)
    if pid is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.terminate()
            try:
                process.wait(deadline_s)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(deadline_s)
    forget_pid(folder)


def resolved(folder: Path) -> Path:
    """The folder, made if it is missing, under the one name that the broker's command line carries."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalKafkaError(f"The data folder {folder} cannot be made: {error.strerror}. Choose another one.") from error
    return Path(os.path.realpath(folder))
