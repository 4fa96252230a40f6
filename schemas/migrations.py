"""Loads the numbered migrations of clickhouse/: `NNNN_name.sql`, in order. Reads files beside it, imports nothing of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    text: str
    """Before substitution of its `${..}`."""


@cache
def migrations() -> tuple[Migration, ...]:
    """Every migration, by version. A ValueError where two share a number or one is missing."""
    found = [
        Migration(int(match.group(1)), match.group(2), file.read_text(encoding="utf-8"))
        for file in files(__package__).joinpath("clickhouse").iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    found.sort(key=lambda migration: migration.version)
    numbers = [migration.version for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations are numbered from 0001 without a gap or repetition, not {numbers}")
    return tuple(found)
