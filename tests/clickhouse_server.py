"""The ClickHouse of a test run: one embedded engine, or what TEST_CLICKHOUSE_DSN names; and a fresh database per test."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from deskpulse.local_clickhouse import LocalClickHouse, Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.migrate import Layout, ensure_database, migrate
from tests.verdict import failed

_TEMPLATE = "template_of_tests"


@dataclass(frozen=True, slots=True)
class ClickHouse:
    """An address and its roles. On a server of one's own the one login plays all of them."""

    url: str
    logins: dict[Role, str]
    is_embedded: bool

    def dsn(self, role: Role, database: str = "default") -> str:
        return f"http://{self.logins[role]}@{urlsplit(self.url).netloc}/{database}"

    def client(self, role: Role = Role.ADMIN, database: str = "default", **options: Any) -> Client:
        return clickhouse_connect.get_client(dsn=self.dsn(role, database), autogenerate_session_id=False, **options)

    def login(self, role: Role) -> tuple[str, str]:
        user, _, token = self.logins[role].partition(":")
        return user, token


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own, and a client that may do everything in it."""

    server: ClickHouse
    name: str
    admin: Client

    def dsn(self, role: Role) -> str:
        return self.server.dsn(role, self.name)

    def client(self, role: Role, **options: Any) -> Client:
        return self.server.client(role, self.name, **options)


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    if dsn := os.environ.get("TEST_CLICKHOUSE_DSN"):
        parts = urlsplit(dsn)
        login = f"{parts.username or 'default'}:{parts.password or ''}"
        yield ClickHouse(f"http://{parts.hostname}:{parts.port or 8123}", dict.fromkeys(Role, login), is_embedded=False)
        return
    with LocalClickHouse(tmp_path_factory.mktemp("clickhouse"), free_port(), die_with_parent=True) as server:
        logins = {role: f"{role.value}:{server.tokens.of(role)}" for role in Role}
        yield ClickHouse(server.url, logins, is_embedded=True)


@pytest.fixture(scope="module")
def scratch(clickhouse: ClickHouse, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database for the tests of one module, which make their own tables in it."""
    name = f"scratch_{request.module.__name__.rpartition('.')[2]}_{uuid.uuid4().hex[:6]}"
    client = clickhouse.client()
    client.command(f"CREATE DATABASE {name}")
    client.database = name
    yield Database(clickhouse, name, client)
    client.command(f"DROP DATABASE {name} SYNC")
    client.close()


@pytest.fixture(scope="session")
def _template(clickhouse: ClickHouse) -> str | None:
    """A backup of a migrated, empty database: restoring it takes a tenth of migrating anew. None on a server."""
    if not clickhouse.is_embedded:
        return None
    client = clickhouse.client()
    ensure_database(client, _TEMPLATE, Layout())
    migrate(client, Layout())
    client.command(f"BACKUP DATABASE {_TEMPLATE} TO File('{_TEMPLATE}')")
    client.close()
    return f"RESTORE DATABASE {_TEMPLATE} AS {{name}} FROM File('{_TEMPLATE}')"


@pytest.fixture
def database(clickhouse: ClickHouse, _template: str | None, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Migrated, and named after its test; dropped when it passed, kept when it failed."""
    test = re.sub(r"[^a-z0-9]+", "_", request.node.name.lower())[:60].strip("_")
    made = _migrated(clickhouse, _template, f"t{uuid.uuid4().hex[:6]}_{test}")
    yield made
    _end(made, keep=request.node.stash.get(failed, False))


@pytest.fixture
def another_database(
    clickhouse: ClickHouse, _template: str | None, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Database]]:
    """Makes one more, migrated, at each call; dropped and kept as the first."""
    made: list[Database] = []

    def make() -> Database:
        made.append(_migrated(clickhouse, _template, f"a{uuid.uuid4().hex[:10]}"))
        return made[-1]

    yield make
    for one in made:
        _end(one, keep=request.node.stash.get(failed, False))


@pytest.fixture(scope="module")
def module_database(clickhouse: ClickHouse, _template: str | None) -> Iterator[Database]:
    """Migrated, for a module that fills it once and then only reads."""
    made = _migrated(clickhouse, _template, f"m{uuid.uuid4().hex[:6]}")
    yield made
    _end(made, keep=False)


def _migrated(clickhouse: ClickHouse, template: str | None, name: str) -> Database:
    client = clickhouse.client()
    if template is not None:
        client.command(template.format(name=name))
        client.database = name
    else:
        ensure_database(client, name, Layout())
        migrate(client, Layout())
    return Database(clickhouse, name, client)


def _end(made: Database, *, keep: bool) -> None:
    if not keep:
        made.admin.command(f"DROP DATABASE {made.name} SYNC")
    made.admin.close()
