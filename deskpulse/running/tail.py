"""Follows what a part prints for people, line by line."""

from __future__ import annotations

from pathlib import Path


class Tail:
    """From the end the file has now; lines come whole. A file that became shorter was begun anew."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._at = file.stat().st_size if file.exists() else 0
        self._rest = b""

    def lines(self) -> list[str]:
        """Those that are new since the last call."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as opened:
            if self._file.stat().st_size < self._at:
                self._at, self._rest = 0, b""
            opened.seek(self._at)
            fresh = opened.read()
        self._at += len(fresh)
        *whole, self._rest = (self._rest + fresh).split(b"\n")
        return [line.decode(errors="replace") for line in whole]
