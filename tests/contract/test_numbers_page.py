"""docs/numbers.md: what it gives to paste is read by a reader, and the views that it names are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deskpulse.local_clickhouse import Role
from tests.clickhouse_server import Database
from tests.contract.generated_facts import generate
from tests.contract.view_rows import put, tickets

pytestmark = pytest.mark.clickhouse

_PAGE = (Path(__file__).parents[2] / "docs" / "numbers.md").read_text(encoding="utf-8")
_QUERIES = re.findall(r"```sql\n(.+?)```", _PAGE, re.DOTALL)


@pytest.mark.parametrize("query", _QUERIES, ids=[query.split("FROM ")[1].split()[0] for query in _QUERIES])
def test_a_reader_may_ask_it(module_database: Database, query: str) -> None:
    answer = json.loads(module_database.client(Role.READER).raw_query(query, fmt="JSON"))
    assert answer["meta"]


def test_there_are_queries_and_they_are_of_views() -> None:
    assert len(_QUERIES) >= 6
    assert all(re.search(r"FROM v_", query) for query in _QUERIES)


def test_every_view_it_names_is_there(module_database: Database) -> None:
    views = {name for (name,) in module_database.admin.query("SHOW TABLES").result_rows if name.startswith("v_")}
    named = set(re.findall(r"\bv_[a-z_]+\b", _PAGE)) - {"v_metrics_", "v_cohorts_", "v_levels_", "v_scores_"}
    assert named
    assert named <= views
    for family in ("v_metrics_", "v_cohorts_", "v_levels_", "v_scores_"):
        assert any(view.startswith(family) for view in views)


def test_the_first_query_of_the_page_counts_what_is_there(database: Database) -> None:
    put(database.admin, generate(seed=3, number=300), sign=1, version=1)
    tickets(database.admin, {"ticket_id": "1"})
    (account,) = {
        row[0]
        for row in database.admin.query("SELECT DISTINCT account FROM facts WHERE metric = 'frt_human' LIMIT 1").result_rows
    }
    rows = database.client(Role.READER).query(_QUERIES[0].replace("'acme'", f"'{account}'")).result_rows
    assert rows
    assert all(count > 0 and minutes >= 0 for _, _, count, minutes, *_ in rows)
