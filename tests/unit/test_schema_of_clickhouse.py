"""The migrations as files: numbered, current, and planned without a database."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from deskpulse.migrate import Applied, Layout, MigrationRefusedError, Statement, plan, statements_of
from schemas import views
from schemas.migrations import Migration, migrations

LAYOUT = Layout()
ONE = Statement(1, 1, "one", "CREATE TABLE a")
KEEPS = Statement(1, 2, "one", "ALTER TABLE a MODIFY TTL at + ${keep_facts_days}")


def applied(statement: Statement, layout: Layout = LAYOUT) -> Applied:
    return Applied(statement.sha256, statement.substituted(layout.values()))


def test_the_committed_views_are_what_the_generator_writes() -> None:
    assert views.FILE.read_text(encoding="utf-8") == views.text(), "run: python -m schemas.views"


def test_every_migration_is_there_in_order() -> None:
    assert [(migration.version, migration.name) for migration in migrations()][:2] == [(1, "tables"), (2, "views")]


def test_every_placeholder_has_a_value_on_one_server_and_on_a_cluster() -> None:
    for layout in (LAYOUT, Layout(cluster="main")):
        for statement in statements_of(migrations()):
            assert "${" not in statement.rendered(layout.values())


def test_every_statement_can_be_repeated() -> None:
    idempotent = re.compile(
        r"CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE \w+ \$\{on_cluster\} (?:MODIFY TTL|COMMENT COLUMN)"
    )
    for statement in statements_of(migrations()):
        assert idempotent.match(statement.text), statement.text[:80]


def test_only_what_is_missing_is_due() -> None:
    values = LAYOUT.values()
    assert plan([ONE, KEEPS], {}, values) == [ONE, KEEPS]
    assert plan([ONE, KEEPS], {(1, 1): applied(ONE)}, values) == [KEEPS]
    assert plan([ONE, KEEPS], {(1, 1): applied(ONE), (1, 2): applied(KEEPS)}, values) == []


def test_a_changed_retention_makes_its_statement_due() -> None:
    done = {(1, 1): applied(ONE), (1, 2): applied(KEEPS)}
    assert plan([ONE, KEEPS], done, replace(LAYOUT, keep_facts_days=9).values()) == [KEEPS]
    assert plan([ONE, KEEPS], done, replace(LAYOUT, keep_events_days=9).values()) == []


def test_what_does_not_belong_together_is_refused() -> None:
    values = LAYOUT.values()
    with pytest.raises(MigrationRefusedError, match="newer one"):
        plan([ONE], {(1, 1): applied(ONE), (1, 2): applied(KEEPS)}, values)
    with pytest.raises(MigrationRefusedError, match="has changed"):
        plan([replace(ONE, text="CREATE TABLE b")], {(1, 1): applied(ONE)}, values)
    spread = replace(ONE, text="CREATE TABLE a ${on_cluster}")
    with pytest.raises(MigrationRefusedError, match=r"set clickhouse\.cluster back"):
        plan([spread], {(1, 1): applied(spread)}, Layout(cluster="main").values())


def test_an_unknown_placeholder_is_our_mistake() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        statements_of([Migration(1, "x", "SELECT ${nonsense}")])[0].rendered(LAYOUT.values())
