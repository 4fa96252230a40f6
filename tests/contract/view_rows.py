"""Rows for the views' tests, written and read past the sink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.contract.generated_facts import COLUMNS, GeneratedFact, Key

NOW = datetime.now(UTC).replace(microsecond=0)
TICKET = {
    "account": "shop",
    "source": "desk",
    "version": 1,
    "status": "open",
    "customer": "c1",
    "channel": "chat",
    "updated_at": NOW,
}


def put(client: Client, made: Iterable[GeneratedFact], sign: int, version: int) -> None:
    rows = [(*astuple(fact)[:-1], list(fact.tags), sign, version) for fact in made]
    client.insert("facts", rows, column_names=[*COLUMNS, "sign", "version"], settings={"async_insert": 0})


def read(client: Client, view: str, key: list[str]) -> dict[Key, dict[str, Any]]:
    result = client.query(f"SELECT * FROM {view}", tz_mode="aware")  # noqa: S608  the names are this module's
    rows = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
    found = {tuple(row.pop(name) for name in key): row for row in rows}
    assert len(found) == len(rows), "two rows share a key"
    return found


def tickets(client: Client, *rows: dict[str, Any]) -> None:
    names = sorted({name for row in rows for name in row} | TICKET.keys() | {"ticket_id", "opened_at", "opened_date", "tags"})
    blank: dict[str, Any] = TICKET | {"opened_at": None, "opened_date": None, "tags": []}
    client.insert("tickets", [[(blank | row).get(name, "") for name in names] for row in rows], column_names=names)
