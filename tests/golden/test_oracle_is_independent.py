"""An oracle that shares code with what it checks repeats its mistakes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ORACLE = Path(__file__).parent.parent / "oracle"
OURS = ("events", "ingest", "streams", "sinks", "schemas", "deskpulse")
ALLOWED = {("events.metrics", "METRICS")}
FILES = sorted(ORACLE.glob("*.py"))


def imported(source: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(name.name, "") for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", name.name) for name in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_oracle_imports_nothing_of_ours_but_the_names_of_metrics(path: Path) -> None:
    ours = {one for one in imported(path.read_text(encoding="utf-8")) if one[0].split(".")[0] in (*OURS, "msgspec")}
    assert ours <= ALLOWED


def test_there_is_an_oracle_to_look_at() -> None:
    assert len(FILES) > 5
