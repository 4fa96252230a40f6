"""One part as a process: started in a group of its own, its output in a file, its pid on disk."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

from deskpulse import tether
from deskpulse.supervisor import pidfile
from deskpulse.supervisor.part import Part, State

_TAIL_BYTES = 4096
_ORDINARY = re.compile(r'\b(DEBUG|INFO|WARNING)\b|"level": ?"(debug|info|warning)"')


@dataclass(slots=True)
class Child:
    """The moving part of a Part; owned by the supervisor's one thread."""

    part: Part
    folder: Path
    environment: Mapping[str, str]
    is_tethered: bool = False
    """It ends when this process does, however that comes."""
    state: State = State.STARTING
    deaths_in_a_row: int = 0
    restarts: int = 0
    started_s: float = 0.0
    start_at_s: float = 0.0
    exit_code: int | None = None
    start_error: str = ""
    """Why it could not be started the last time, as on a full disk."""
    process: pidfile.Process | None = None
    _popen: Popen[bytes] | None = field(default=None, repr=False)
    _log_from: int = 0
    """Where this life's lines begin, unless the file was cut meanwhile."""

    @property
    def log_file(self) -> Path:
        return self.folder / "logs" / f"{self.part.name}.log"

    @property
    def output_file(self) -> Path:
        """What the part prints for people."""
        return self.folder / "logs" / f"{self.part.name}.out"

    def start(self) -> None:
        """Runs afterwards, with its pid on disk; or does not run, and an OSError says why."""
        self.started_s = time.monotonic()
        for name in ("logs", "run"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log_file.open("ab") as log, self.output_file.open("ab") as output:
            self._log_from = log.tell()
            self._popen = Popen(
                [sys.executable, "-m", "deskpulse", *self.part.arguments],
                stdin=PIPE if self.is_tethered else DEVNULL,
                stdout=output,
                stderr=log,
                # Its own session: Ctrl-C reaches the supervisor alone, which ends the parts in order.
                start_new_session=True,
                env={**os.environ, **self.environment, tether.VARIABLE: "1" if self.is_tethered else ""},
            )
        try:
            self.process = pidfile.write(self.folder / "run", self.part.name, self._popen.pid)
        except BaseException:
            # Nobody would find it again to end it.
            self.reap()
            raise
        self.state = State.STARTING
        self.start_error = ""
        self.exit_code = None

    def has_ended(self) -> bool:
        if self._popen is None:
            return True
        self.exit_code = self._popen.poll()
        return self.exit_code is not None

    def reap(self) -> None:
        """Takes its exit code, so that no zombie stays, and forgets its pid. What still lives was not told to end, or did not."""
        if self._popen is not None:
            self._popen.kill()
            self.exit_code = self._popen.wait()
            if self._popen.stdin is not None:
                self._popen.stdin.close()
            self._popen = None
        self.process = None
        pidfile.forget(self.folder / "run", self.part.name)

    def last_words(self) -> str:
        """The last line of this life in its log that is no ordinary entry, or else the last; of one that could not be started, why."""
        if self.start_error:
            return self.start_error
        try:
            with self.log_file.open("rb") as log:
                size = self.log_file.stat().st_size
                log.seek(max(0, size - _TAIL_BYTES, self._log_from if self._log_from <= size else 0))
                lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        except OSError:
            return ""
        reasons = [line for line in lines if not _ORDINARY.search(line)]
        return (reasons or lines or [""])[-1]
