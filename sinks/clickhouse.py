"""ClickHouse as a store: the only module that imports its client. A server or the embedded engine, it cannot tell which."""

from __future__ import annotations

import logging
import struct
import threading
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver import options
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, Error, OperationalError
from clickhouse_connect.driver.httputil import get_pool_manager, get_pool_manager_options
from urllib3 import BaseHTTPResponse, PoolManager

from sinks.crash import Crash, nowhere
from sinks.settings import ClickHouseSettings
from sinks.store import RefusedError, UnavailableError
from sinks.table import Row, Table

_NO_DEDUPLICATION = {"async_insert": 0, "insert_deduplicate": 0}
"""Both are on by default in some release; each has swallowed a repeated insert whose rows were not there."""
_SINCE_26_2 = "deduplicate_insert"
# Codes of ClickHouse that blame a row. All others blame the moment, the rights or the schema: those are retried.
_ROW_CODES = frozenset({6, 26, 27, 38, 41, 50, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469})
# What the client raises when a value does not fit its column, beside its own DataError.
_ROW_ERRORS = (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError, ArithmeticError, struct.error)
_CONNECTIONS = 32
"""Kept open: one for each insert that may be under way."""
_HINTS = {
    16: "run `deskpulse migrate`",
    36: "run `deskpulse migrate`",
    60: "run `deskpulse migrate`",
    81: "run `deskpulse migrate`",
    192: "check user and password",
    194: "check user and password",
    497: "grant INSERT and SELECT to this user",
    516: "check user and password",
}

# Its tracebacks quote the values that did not fit.
logging.getLogger("clickhouse_connect.driver.transform").setLevel(logging.CRITICAL)
# It warns of every attempt while the database is away; the sink says so once.
logging.getLogger("clickhouse_connect.driver._backend.http_sync").setLevel(logging.CRITICAL)


class ClickHouseStore:
    """Connects when first used, and anew after trouble. For several threads: a client without a session serves them all at once."""

    def __init__(self, settings: ClickHouseSettings, crash: Crash = nowhere) -> None:
        self._settings = settings
        self._crash = crash
        self._connecting = threading.Lock()
        self._client: Client | None = None
        self._column_types: dict[str, Any] = {}
        self._insert_settings: dict[str, Any] = {}

    def insert(self, table: Table, rows: list[Row]) -> None:
        if not rows:
            return
        try:
            columns = list(zip(*rows, strict=True))
        except ValueError:
            raise RefusedError(f"table {table.name}: a row has not as many values as the table has columns") from None
        try:
            self._insert(table, columns)
        except _ROW_ERRORS as error:
            raise RefusedError(f"table {table.name}: {type(error).__name__} while a value was written") from error
        except DataError as error:
            if error.code is None:
                raise RefusedError(f"table {table.name}: {_column(error)}does not take a value") from error
            raise self._judged(error, table) from error
        except (ClickHouseError, OSError) as error:
            raise self._judged(error, table) from error

    def identity(self) -> str:
        found = self._select("SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name = 'log_epochs'")
        if not found:
            raise UnavailableError("table log_epochs: there is none, run `deskpulse migrate`")
        return str(found[0][0])

    def epochs(self) -> dict[int, str]:
        return {int(epoch): log_id for epoch, log_id in self._select("SELECT epoch, log_id FROM log_epochs FINAL ORDER BY epoch")}

    def forgotten(self) -> set[tuple[str, str]]:
        return {(account, customer) for account, customer in self._select("SELECT account, customer FROM forgotten FINAL")}

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _insert(self, table: Table, columns: list[Row]) -> None:
        client = self._connected()
        context = client.create_insert_context(
            table.name,
            table.columns,
            column_types=self._column_types.get(table.name),
            column_oriented=True,
            settings=self._insert_settings,
        )
        # Saves a DESCRIBE at every insert.
        self._column_types[table.name] = context.column_types
        client.insert(data=columns, context=context)

    def _select(self, sql: str) -> list[Row]:
        try:
            return [tuple(row) for row in self._connected().query(sql).result_rows]
        except (ClickHouseError, OSError) as error:
            raise self._judged(error, None) from error

    def _connected(self) -> Client:
        with self._connecting:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Client:
        of = self._settings
        client = clickhouse_connect.get_client(
            host=of.host,
            port=of.port,
            interface="https" if of.secure else "http",
            username=of.user,
            password=of.password,
            database=of.database,
            connect_timeout=of.connect_timeout_s,
            send_receive_timeout=of.timeout_s,
            query_retries=0,
            autogenerate_session_id=False,
            client_name="deskpulse-sink",
            pool_mgr=_Wire(self._crash) if self._crash is not nowhere else get_pool_manager(maxsize=_CONNECTIONS),
        )
        settings: dict[str, Any] = dict(_NO_DEDUPLICATION)
        if _SINCE_26_2 in client.server_settings:
            settings[_SINCE_26_2] = "disable"
        self._insert_settings = settings
        # Imports pandas where it is installed: over a second that the first insert would take otherwise.
        _ = options.pd
        return client

    def _judged(self, error: Exception, table: Table | None) -> UnavailableError | RefusedError:
        """Whose fault it is. The text never holds ClickHouse's own, which quotes values."""
        code = error.code if isinstance(error, Error) else None
        name = error.name if isinstance(error, Error) else None
        where = f"table {table.name}: " if table else ""
        if code in _ROW_CODES:
            return RefusedError(f"{where}ClickHouse code {code} {name or ''}".rstrip())
        self.close()
        self._column_types.clear()
        if code is None:
            away = isinstance(error, OperationalError | OSError)
            said = f"no answer from {self._settings.host}:{self._settings.port}" if away else type(error).__name__
            return UnavailableError(f"{where}{said}")
        hint = f", {_HINTS[code]}" if code in _HINTS else ""
        return UnavailableError(f"{where}ClickHouse code {code} {name or ''}".rstrip() + hint)


def _column(error: DataError) -> str:
    """The client names the column in backticks or quotes, before anything that could be a value."""
    text = str(error)
    for mark in ("`", "'"):
        parts = text.split(mark)
        if len(parts) > 2 and parts[1].isidentifier():
            return f"column {parts[1]} "
    return "a column "


class _Wire(PoolManager):
    """Passes requests on, and names the moment when half of an insert is on its way: only for tests that let the sink die there."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(**get_pool_manager_options())
        self._crash = crash

    def request(self, method: str, url: str, body: Any = None, **more: Any) -> BaseHTTPResponse:  # type: ignore[override]
        # Only inserts have a body that is generated.
        return super().request(method, url, body=self._halved(body) if hasattr(body, "__next__") else body, **more)

    def _halved(self, chunks: Any) -> Any:
        for number, chunk in enumerate(chunks):
            if number == 0:
                yield chunk[: len(chunk) // 2]
                self._crash("during_insert")
                yield chunk[len(chunk) // 2 :]
            else:
                yield chunk
