"""The pinned images of Apache Kafka and ClickHouse: migration, road and users on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskpulse.topics import Installation, ensure_topics
from tests.clickhouse_server import ClickHouse, Database
from tests.containers import images
from tests.containers.bodies import fold_and_store, hold_users_to_their_part, migrate_from_nothing
from tests.servers import PARTITIONS, FreshTopics

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server() -> Iterator[ClickHouse]:
    with images.clickhouse() as started:
        yield started


@pytest.fixture(scope="module")
def migrated(server: ClickHouse) -> Iterator[Database]:
    """By the name that the users' grants are for."""
    database = migrate_from_nothing(server, "deskpulse")
    yield database
    database.admin.close()


@pytest.fixture(scope="module")
def topics() -> Iterator[FreshTopics]:
    with images.kafka() as bootstrap:
        ensure_topics({"bootstrap.servers": bootstrap}, Installation(partitions=PARTITIONS))
        yield FreshTopics(bootstrap, "", PARTITIONS)


def test_users_are_held_to_their_part(migrated: Database) -> None:
    hold_users_to_their_part(migrated)


def test_what_is_folded_is_stored_key_by_key(topics: FreshTopics, migrated: Database, tmp_path: Path) -> None:
    fold_and_store(topics, migrated, tmp_path)
