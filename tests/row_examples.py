"""Records for the sinks' builders, and their rows by name."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from events.position import Epoch
from sinks import rows
from sinks.record import Record
from sinks.rows.build import BadRow, Known
from sinks.table import Table

EPOCH = Epoch(3)
VERSION = 3 << 48 | 7
DAY = 20_151  # 2025-03-04


def known(*forgotten: tuple[str, str]) -> Known:
    return Known(EPOCH, set(forgotten))


def record(topic: str, value: object, *, headers: dict[str, str] | None = None, key: bytes = b"k") -> Record:
    raw = value if isinstance(value, bytes) else msgspec.msgpack.encode(value)
    return Record(
        topic, 2, 7, key, raw, tuple((name, text.encode()) for name, text in (headers or {}).items()), 1_741_000_000_000
    )


def built(made: Record, known_: Known | None = None) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, columns by name."""
    found = rows.build(made, known_ or known())
    assert not isinstance(found, BadRow), found
    return {table.name: [named(table, row) for row in of_table] for table, of_table in found}


def named(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(table.columns, row, strict=True))


def event(kind: str, body: dict[str, Any], *, source: str = "/acme/zendesk", subject: str = "1001", **more: Any) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": "e1",
            "source": source,
            "subject": subject,
            "time": "2025-03-04T10:08:00.1235Z",
            "type": f"deskpulse.{kind}",
            "data": body,
            **more,
        }
    ).encode()
