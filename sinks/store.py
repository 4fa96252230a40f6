"""What a sink asks of a database, and the two ways in which it may say no."""

from __future__ import annotations

from typing import Protocol

from sinks.table import Row, Table


class UnavailableError(Exception):
    """Not now: away, overloaded, out of room or not yet migrated. The same insert may succeed later."""


class RefusedError(Exception):
    """Never: a row does not fit its table. The text names the table and the column or code, and no value."""


class Store(Protocol):
    """Rows are upserts: of rows with one identity the highest version holds, of equal versions the one inserted last."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        """Stored when it returns, however often it is repeated; UnavailableError or RefusedError otherwise."""

    def identity(self) -> str:
        """Which database this is: another one, or one made anew under the same name, has another."""

    def epochs(self) -> dict[int, str]:
        """Of every epoch this database knows, the id of its log."""

    def forgotten(self) -> set[tuple[str, str]]:
        """Account and token of every customer who asked to be forgotten."""

    def close(self) -> None: ...
