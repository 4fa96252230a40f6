"""The servers that tests need, started once per run: the same local Kafka as `deskpulse up` starts."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from schemas.loader import topics
from tests.verdict import failed

PARTITIONS = 4
# Homes have a space and an umlaut in their names, and a comma would end an entry of a Kafka setting.
AWKWARD_NAME = "data of Jürgen, 1"


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker of this run. Only chaos that starts its own LocalKafka may kill one: this one is everybody's."""

    bootstrap: str


@dataclass(frozen=True, slots=True)
class FreshTopics:
    """All declared topics, new and empty, for one test: their names begin with `prefix`."""

    bootstrap: str
    prefix: str
    partitions: int

    def __getitem__(self, topic: str) -> str:
        """The broker's name of a declared topic."""
        return self.prefix + topic


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """TEST_KAFKA_BOOTSTRAP, or a local Kafka of this run's own."""
    if bootstrap := os.environ.get("TEST_KAFKA_BOOTSTRAP"):
        yield Kafka(bootstrap)
        return
    with LocalKafka(tmp_path_factory.mktemp("kafka"), free_port(), die_with_parent=True) as broker:
        yield Kafka(broker.bootstrap)


@pytest.fixture
def fresh_topics(kafka: Kafka, request: pytest.FixtureRequest) -> Iterator[FreshTopics]:
    """Topics of this test alone; deleted when it passed, kept when it failed."""
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    prefix = f"t{uuid.uuid4().hex[:6]}.{test}."
    ensure_topics({"bootstrap.servers": kafka.bootstrap}, Installation(partitions=PARTITIONS, prefix=prefix))
    yield FreshTopics(kafka.bootstrap, prefix, PARTITIONS)
    if not request.node.stash.get(failed, False):
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        for deleted in admin.delete_topics([prefix + topic.name for topic in topics()]).values():
            deleted.result()


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """A data folder for a broker of this test's own."""
    return tmp_path / AWKWARD_NAME
