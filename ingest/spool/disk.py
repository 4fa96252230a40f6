"""The files of a spool: one for each segment, for their owner alone, durable before `write` returns.

For one thread at a time. A segment is written by one process only, so that what a crash tore is always at the end of a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.record import Record
from ingest.spool import frames
from ingest.spool.errors import SpoolError
from ingest.spool.lock import Ownership
from ingest.spool.steps import Reached

_SUFFIX = ".segment"
_SET_ASIDE = "set-aside.frames"


@dataclass(frozen=True, slots=True)
class Found:
    """A segment of an earlier process, as far as it can be read."""

    number: int
    records: list[Record]
    bytes: int
    cut_bytes: int
    """Were behind that: torn by a crash, or damaged since. They are gone."""


class Disk:
    def __init__(self, folder: Path, segment_bytes: int, reached: Reached) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._reached = reached
        self._ownership = Ownership(folder)
        self._last = 0
        self._fd: int | None = None
        """Of the segment `_last`, while it is written."""
        self._size = 0
        """Of that segment, as far as it is durable."""
        self.is_open = False

    def open(self, found: Callable[[Found], None]) -> int:
        """Makes the folder, takes it, and tells what it holds, oldest first; returns the bytes that are set aside.

        Raises SpoolError, or OSError if the folder is of no use.
        """
        _make(self._folder)
        self._ownership.take()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            if path.stem.isdecimal() and (number := int(path.stem)) > self._last:
                found(self._look(number, path))
                self._last = number
        self.is_open = True
        aside = self._folder / _SET_ASIDE
        return aside.stat().st_size if aside.exists() else 0

    def write(self, data: bytes) -> int:
        """The number of the segment that now has these frames for good. After an OSError it has none of them."""
        self._reached("before_write")
        if self._fd is None or self._size >= self._segment_bytes:
            self.seal()
            self._begin()
        assert self._fd is not None
        try:
            _write(self._fd, data)
            self._reached("after_write")
            _sync(self._fd)
            if not self._size:
                _sync_folder(self._folder)
        except OSError:
            self._give_up()
            raise
        self._size += len(data)
        self._reached("after_fsync")
        return self._last

    def seal(self) -> None:
        """Nothing more is written to the segment that is open."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def read(self, number: int) -> frames.Read:
        if number == self._last:
            self.seal()
        return frames.decode(self._path(number).read_bytes())

    def delete(self, number: int) -> None:
        if number == self._last:
            self.seal()
        self._path(number).unlink(missing_ok=True)
        _sync_folder(self._folder)

    def set_aside(self, frame: bytes) -> Path:
        """Into a file of its own, which nobody reads by himself."""
        path = self._folder / _SET_ASIDE
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            _write(fd, frame)
            _sync(fd)
        finally:
            os.close(fd)
        _sync_folder(self._folder)
        return path

    def close(self) -> None:
        self.seal()
        self._ownership.release()
        self.is_open = False

    def _begin(self) -> None:
        # A name is never used twice, so that nothing is taken for what was deleted under it.
        self._last += 1
        self._fd = os.open(self._path(self._last), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = 0

    def _give_up(self) -> None:
        """On the segment: after a failed write its end is unknown, after a failed sync the system may have dropped what it held."""
        assert self._fd is not None
        with contextlib.suppress(OSError):
            if self._size:
                os.ftruncate(self._fd, self._size)
            else:
                self._path(self._last).unlink()
        self.seal()

    def _look(self, number: int, path: Path) -> Found:
        data = path.read_bytes()
        try:
            read = frames.decode(data)
        except frames.UnknownFrameError:
            raise SpoolError(
                f"The spool {self._folder} holds events that a newer release wrote. Start that release once, with the broker "
                "reachable: it empties the spool."
            ) from None
        if not read.records:
            path.unlink()
        elif read.good_bytes < len(data):
            os.truncate(path, read.good_bytes)
        return Found(number, read.records, read.good_bytes, len(data) - read.good_bytes)

    @property
    def name_before_all(self) -> str:
        """Of a segment that is drained first."""
        return self._path(1).name

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:020d}{_SUFFIX}"


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        _sync_folder(folder.parent)
    with contextlib.suppress(PermissionError):
        # Of a folder that was made for us and belongs to somebody else, at least the files are ours alone.
        folder.chmod(0o700)


def _write(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _sync(fd: int) -> None:
    if hasattr(fcntl, "F_FULLFSYNC"):
        # On macOS fsync leaves the data in the drive's cache.
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
