"""The README's table of helpdesks says what the fixtures show."""

from __future__ import annotations

from ingest.vendors import VENDORS
from tests.coverage_table import README, table, written


def test_the_table_in_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == written(text), "run: make coverage-table"


def test_every_helpdesk_stands_in_it_once() -> None:
    lines = table().splitlines()[2:]
    assert len(lines) == len({row.helpdesk for row in VENDORS.values()})
    assert all(line.count("|") == 13 for line in lines)
