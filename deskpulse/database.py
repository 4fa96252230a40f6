"""Questions to ClickHouse over its HTTP interface, for the composition root: answers are small."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from deskpulse.wiring.logins import Access

_TIMEOUT_S = 10.0
# A repeated row must be written, not taken for one that is there already.
_DURABLE = {"async_insert": "0", "insert_deduplicate": "0"}


class DatabaseError(Exception):
    """ClickHouse is not there or refused; the message says what it said."""


class Database:
    """One role's connection. Not for several threads at once."""

    def __init__(self, access: Access, timeout_s: float = _TIMEOUT_S) -> None:
        self._access = access
        self._client = httpx.Client(
            base_url=access.address,
            headers={"X-ClickHouse-User": access.user, "X-ClickHouse-Key": access.password},
            timeout=timeout_s,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def rows(self, sql: str, parameters: Mapping[str, str | int] | None = None) -> list[dict[str, Any]]:
        """Of one SELECT; its `{name:Type}` are filled from `parameters`. 64-bit integers come back as integers."""
        answer = self._post(sql, {**_named(parameters), "default_format": "JSON", "output_format_json_quote_64bit_integers": "0"})
        found: list[dict[str, Any]] = json.loads(answer)["data"]
        return found

    def insert(self, table: str, row: Mapping[str, str | int]) -> None:
        """One row into a table of ours; writers may say no other statement."""
        columns = ", ".join(row)
        self._post(f"INSERT INTO {table} ({columns}) FORMAT JSONEachRow\n{json.dumps(row)}", _DURABLE)

    def answers(self) -> bool:
        try:
            return self._client.get("/ping").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _post(self, sql: str, query: Mapping[str, str]) -> str:
        try:
            answer = self._client.post("/", params={"database": self._access.database, **query}, content=sql.encode())
        except httpx.HTTPError as error:
            raise DatabaseError(
                f"ClickHouse at {self._access.address} does not answer ({type(error).__name__}). Is it running, and is the address right?"
            ) from error
        if answer.status_code != httpx.codes.OK:
            said = answer.text.strip().splitlines()[0][:300] if answer.text.strip() else f"status {answer.status_code}"
            raise DatabaseError(f"ClickHouse at {self._access.address} refused: {said}")
        return answer.text


def _named(parameters: Mapping[str, str | int] | None) -> dict[str, str]:
    return {f"param_{name}": str(value) for name, value in (parameters or {}).items()}
