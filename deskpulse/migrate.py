"""Brings a database to this build's schema: numbered migrations, one recorded statement at a time.

DDL is not transactional, so each statement is idempotent and noted once it ran: a stop between the two repeats it, a stop
before it resumes there. Whatever speaks against going on is found before anything runs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from clickhouse_connect.driver.client import Client

from deskpulse.sql_text import statements
from schemas.migrations import Migration, migrations

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migrations ${on_cluster}
(
    version UInt32 COMMENT 'Number of the migration',
    statement UInt32 COMMENT 'Which of its statements, from 1',
    name LowCardinality(String) COMMENT 'Name of the migration',
    sha256 String COMMENT 'Of the text before substitution',
    substituted Map(LowCardinality(String), String) COMMENT 'What was put into it',
    app_version LowCardinality(String) COMMENT 'Deskpulse that ran it',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it ran'
)
ENGINE = ${replicated}ReplacingMergeTree(applied_at)
ORDER BY (version, statement)
COMMENT 'Which statements of which migrations ran here'
"""


class MigrationRefusedError(Exception):
    """The database and this build do not belong together; nothing was run. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the tables are spread, and how long they keep their rows. `cluster`: replicated tables on all of its nodes."""

    cluster: str = ""
    keep_events_days: int = 400
    keep_facts_days: int = 1095
    keep_windows_days: int = 7
    keep_alerts_days: int = 730
    keep_dead_letters_days: int = 30
    conversion_days: int = 5

    def values(self) -> dict[str, str]:
        days = {name: str(getattr(self, name)) for name in self.__slots__ if name.endswith("_days")}
        quoted = self.cluster.replace("\\", "\\\\").replace("'", "\\'")
        return days | {
            "replicated": "Replicated" if self.cluster else "",
            "on_cluster": f"ON CLUSTER '{quoted}'" if self.cluster else "",
        }


@dataclass(frozen=True, slots=True)
class Statement:
    version: int
    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def substituted(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values it asks for. A KeyError would be a mistake in a migration, so it is an error of ours."""
        return {name: values[name] for name in sorted(set(_PLACEHOLDER.findall(self.text)))}

    def rendered(self, values: Mapping[str, str]) -> str:
        return _PLACEHOLDER.sub(lambda match: values[match.group(1)], self.text)


@dataclass(frozen=True, slots=True)
class Applied:
    sha256: str
    substituted: Mapping[str, str]


Journal = Mapping[tuple[int, int], Applied]


def statements_of(found: Sequence[Migration]) -> list[Statement]:
    return [
        Statement(migration.version, number, migration.name, text)
        for migration in found
        for number, text in enumerate(statements(migration.text), start=1)
    ]


def plan(wanted: Sequence[Statement], applied: Journal, values: Mapping[str, str]) -> list[Statement]:
    """What is left to run, in order: new statements, and those whose `_days` have changed. Pure; raises MigrationRefusedError."""
    known = {(statement.version, statement.number) for statement in wanted}
    if unknown := sorted(set(applied) - known):
        raise MigrationRefusedError(
            f"The database knows migration {unknown[-1][0]:04d}, statement {unknown[-1][1]}, which this build of Deskpulse does not. "
            "It was migrated by a newer one: install that, or use another database."
        )
    return [statement for statement in wanted if _is_due(statement, applied.get((statement.version, statement.number)), values)]


def _is_due(statement: Statement, applied: Applied | None, values: Mapping[str, str]) -> bool:
    if applied is None:
        return True
    where = f"statement {statement.number} of migration {statement.version:04d}_{statement.name}"
    if applied.sha256 != statement.sha256:
        raise MigrationRefusedError(
            f"The text of {where} has changed since it was applied. Restore it; a change of the schema is a new migration."
        )
    now = statement.substituted(values)
    changed = [name for name, value in now.items() if applied.substituted.get(name) != value]
    if lasting := [name for name in changed if not name.endswith("_days")]:
        raise MigrationRefusedError(
            f"{where} was applied with {lasting[0]} = {applied.substituted.get(lasting[0], '')!r}, now it is {now[lasting[0]]!r}. "
            "Tables cannot change that in place: set clickhouse.cluster back, or rebuild into another database."
        )
    return bool(changed)


def ensure_database(client: Client, name: str, layout: Layout) -> None:
    """Creates the database if it is missing, and lets the client use it from here on."""
    client.command(f"CREATE DATABASE IF NOT EXISTS `{name}` {layout.values()['on_cluster']}", use_database=False)
    client.database = name


def migrate(client: Client, layout: Layout, found: Sequence[Migration] | None = None) -> list[Statement]:
    """Runs what is missing in the client's database, and returns it; nothing, if all is current. One caller at a time."""
    values = layout.values()
    applied = _journal(client)
    due = plan(statements_of(migrations() if found is None else found), applied or {}, values)
    if applied is None:
        client.command(_PLACEHOLDER.sub(lambda match: values[match.group(1)], _JOURNAL))
    if due:
        note = _notes(client)
        for statement in due:
            client.command(statement.rendered(values))
            note(statement, statement.substituted(values))
    return due


def pending(client: Client, layout: Layout) -> list[Statement]:
    """What `migrate` would run: empty once the workers may start."""
    return plan(statements_of(migrations()), _journal(client) or {}, layout.values())


def _journal(client: Client) -> Journal | None:
    """None where nothing was ever migrated."""
    if not client.command("EXISTS TABLE schema_migrations"):
        return None
    rows = client.query("SELECT version, statement, sha256, substituted FROM schema_migrations FINAL").result_rows
    return {(number, statement): Applied(sha256, substituted) for number, statement, sha256, substituted in rows}


def _notes(client: Client) -> Callable[[Statement, Mapping[str, str]], None]:
    """Writes down what ran. Deduplication is off as in the sinks: a repeated note must not be swallowed.

    As JSON: the client's own way of inserting rows imports pandas first, which takes a second of every start.
    """
    settings: dict[str, object] = {"async_insert": 0, "insert_deduplicate": 0}
    if "deduplicate_insert" in client.server_settings:
        settings["deduplicate_insert"] = "disable"
    app_version = _app_version()

    def note(statement: Statement, substituted: Mapping[str, str]) -> None:
        row = {
            "version": statement.version,
            "statement": statement.number,
            "name": statement.name,
            "sha256": statement.sha256,
            "substituted": dict(substituted),
            "app_version": app_version,
        }
        client.raw_insert("schema_migrations", list(row), json.dumps(row), settings, "JSONEachRow")

    return note


def _app_version() -> str:
    try:
        return version("deskpulse")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return ""
