"""The embedded ClickHouse as a process to start, wait for and stop: for the supervisor, the demo and the tests."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from deskpulse.local_clickhouse.config import DEFAULT_MEMORY_BYTES
from deskpulse.local_clickhouse.folder import Folder, check_free
from deskpulse.local_clickhouse.tokens import Role, Tokens, load_or_create, save

HOST = "127.0.0.1"
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 20.0
_POLL_S = 0.05
_TAIL_LINES = 15


class LocalClickHouseError(RuntimeError):
    """The embedded ClickHouse cannot do what was asked; the message is meant for the person at the terminal."""


class LocalClickHouse:
    """One server process on its own data folder, in a process group of its own, so that Ctrl-C reaches the sinks first.

    With `die_with_parent` it also ends when this process does, however that ends. Not for several threads at once.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        *,
        die_with_parent: bool = False,
        tokens: Tokens | None = None,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self._folder = Folder(self.data_dir)
        self._die_with_parent = die_with_parent
        self._given = tokens
        self._tokens: Tokens | None = None
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def tokens(self) -> Tokens:
        """Those given, else those of the data folder, made there if it has none."""
        if self._tokens is None:
            if self._given is not None:
                save(self.data_dir, self._given)
            self._tokens = self._given or load_or_create(self.data_dir)
        return self._tokens

    @property
    def log_file(self) -> Path:
        return self._folder.output

    def dsn(self, role: Role, database: str = "default") -> str:
        """For clickhouse_connect.get_client(dsn=..). It holds the role's token: not for logs."""
        return f"http://{role.value}:{quote(self.tokens.of(role), safe='')}@{HOST}:{self.port}/{database}"

    @property
    def reader_dsn(self) -> str:
        return self.dsn(Role.READER)

    @property
    def writer_dsn(self) -> str:
        return self.dsn(Role.WRITER)

    @property
    def admin_dsn(self) -> str:
        return self.dsn(Role.ADMIN)

    def start(self) -> None:
        """Starts the server and returns at once. Raises FolderInUseError with the pid of who has the folder."""
        if self.pid is not None:
            return
        self.stop()  # of one that died, the pipe is still open
        self.data_dir.mkdir(parents=True, exist_ok=True)
        check_free(self._folder)
        _ = self.tokens
        command = [sys.executable, "-m", "deskpulse.local_clickhouse", "--data-dir", str(self.data_dir)]
        command += ["--port", str(self.port), "--memory-bytes", str(self._memory_bytes)]
        if self._die_with_parent:
            command.append("--die-with-parent")
        with self._folder.output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if self._die_with_parent else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | {"TZ": "UTC"},
                start_new_session=True,
            )

    def wait_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Returns once the engine answers. Raises with the end of the server's output if it died or stays silent."""
        end_s = time.monotonic() + within_s
        while not self._answers():
            if self.pid is None:
                raise LocalClickHouseError(f"The embedded ClickHouse did not start: {self._tail()}")
            if time.monotonic() > end_s:
                raise LocalClickHouseError(
                    f"The embedded ClickHouse did not answer within {within_s:g} s; give it more time if the machine is busy. "
                    f"The end of {self.log_file}: {self._tail()}"
                )
            time.sleep(_POLL_S)

    def stop(self, within_s: float = STOPPED_WITHIN_S) -> None:
        """Ends the server: politely, and after the deadline by force, which loses nothing that was acknowledged."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(within_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._reap()

    def kill(self) -> None:
        """Ends it as a crash would, with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=1.0)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == http.client.OK and self.pid is not None
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _tail(self) -> str:
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return "\n".join(lines[-_TAIL_LINES:]) or "it printed nothing"

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
