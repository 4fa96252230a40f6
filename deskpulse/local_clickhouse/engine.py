"""The one embedded engine of this process: handles for requests, and their end.

chdb is imported here alone, and lazily: in a process that imported it, fork hangs. Its calls release the GIL, and none of
them may run on the main thread, which could not see a signal until the statement ended.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deskpulse.local_clickhouse.classify import Analysis, classify, require_classifier
from deskpulse.local_clickhouse.config import EngineConfig
from deskpulse.local_clickhouse.errors import BAD_ARGUMENTS, EngineFault, engine_fault
from deskpulse.local_clickhouse.folder import Folder, check_free, in_use
from deskpulse.local_clickhouse.protocol import Rows


@dataclass(frozen=True, slots=True)
class Answer:
    content: bytes
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    written_rows: int = 0  # counts what deduplication dropped too: never proof of storage
    written_bytes: int = 0
    elapsed_s: float = 0.0


def quoted(value: str) -> str:
    """A string literal of ClickHouse."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


class Handle:
    """One connection to the engine, with settings of its own. Of one thread at a time."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def analyse(self, statement: bytes) -> Analysis:
        return classify(self._raw, statement)

    def use(self, database: str) -> None:
        self.run(f"USE {identifier(database)}")

    def set(self, settings: dict[str, str]) -> None:
        """Applies settings and `param_` values; a value is passed on as the client escaped it."""
        if settings:
            self.run("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items()))

    def run(self, statement: str, output_format: str = "TabSeparated") -> Answer:
        """The whole answer. Raises EngineFault."""
        with _faults():
            result = self._raw.query(statement, output_format)
            return Answer(
                content=result.bytes(),
                read_rows=result.storage_rows_read(),
                read_bytes=result.storage_bytes_read(),
                result_rows=result.rows_read(),
                written_rows=result.rows_written(),
                written_bytes=result.bytes_written(),
                elapsed_s=result.elapsed(),
            )

    def insert(self, head: str, rows: Rows) -> Answer:
        """Rows go in as a file, apart from the text: inside it, the engine would run what follows an empty line as SQL.

        chdb's own way to stream rows (`send_insert`) is not used: it reports success for rows that a table refused.
        """
        with _as_file(rows.content) as path:
            settings = rows.settings.decode()
            return self.run(f"{head}\nFROM INFILE {quoted(path)} COMPRESSION 'none'\n{settings}\nFORMAT {rows.format}")


class Engine:
    """Open from construction to `close`. One a process; every further path would leak threads and descriptors."""

    def __init__(self, folder: Folder, config: EngineConfig) -> None:
        if os.environ.get("TZ") != "UTC":
            raise RuntimeError("The engine takes its time zone from the process: start it with TZ=UTC.")
        check_free(folder)
        for path in (folder.store, folder.backups):
            path.mkdir(parents=True, exist_ok=True)
        folder.config.write_text(config.xml())
        from chdb import _chdb  # noqa: PLC0415  in this process alone, and once its folder is known to be free

        native: Any = _chdb
        require_classifier(native.connect)
        self._connect = native.connect
        # Relative, because the address is split at ? and &, and a folder may be called anything.
        os.chdir(folder.root)
        self._address = f"{folder.store.name}?config-file={folder.config.name}"
        try:
            self._keeper = self._connect(self._address)  # the engine lives as long as it has a handle
        except RuntimeError as error:
            fault = engine_fault(str(error))
            # The engine's own word for a locked folder is code 36 and nothing else.
            raise in_use(folder) if fault.code == BAD_ARGUMENTS else fault from error
        self._killer = Handle(self._connect(self._address))
        self._killing = threading.Lock()
        self.version = Handle(self._keeper).run("SELECT version()").content.decode().strip()

    @contextlib.contextmanager
    def handle(self) -> Iterator[Handle]:
        raw = self._connect(self._address)
        try:
            yield Handle(raw)
        finally:
            raw.close()

    def kill(self, log_comment: str) -> None:
        """Ends the running statement of that `log_comment`; nothing happens if there is none. Does not wait for its end."""
        with self._killing:
            self._killer.run(f"KILL QUERY WHERE Settings['log_comment'] = {quoted(log_comment)} ASYNC")

    def close(self) -> None:
        """No handle may be in use."""
        self._killer._raw.close()  # noqa: SLF001  its twin
        self._keeper.close()


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A path to the content for as long as the block lasts: in memory where the system can, else in a temporary file."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name
        return
    with os.fdopen(os.memfd_create("rows"), "wb") as file:
        file.write(content)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise engine_fault(str(error)) from None


__all__ = ["Answer", "Engine", "EngineFault", "Handle"]
