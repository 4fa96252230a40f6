"""The same on the local servers, wherever there is Python: the bodies that the images are tested with are themselves proven."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clickhouse_server import ClickHouse, Database
from tests.containers.bodies import fold_and_store, hold_users_to_their_part, migrate_from_nothing
from tests.containers.images import ROOT, service
from tests.servers import FreshTopics

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.fixture
def migrated(clickhouse: ClickHouse) -> Iterator[Database]:
    name = f"bodies_{uuid.uuid4().hex[:6]}"
    database = migrate_from_nothing(clickhouse, name)
    yield database
    database.admin.command(f"DROP DATABASE {name} SYNC")
    database.admin.close()


def test_users_are_held_to_their_part(migrated: Database) -> None:
    hold_users_to_their_part(migrated)


def test_what_is_folded_is_stored_key_by_key(fresh_topics: FreshTopics, migrated: Database, tmp_path: Path) -> None:
    fold_and_store(fresh_topics, migrated, tmp_path)


def test_images_are_pinned_and_their_files_are_here() -> None:
    for name in ("kafka", "clickhouse"):
        image, _, tag = service(name)["image"].partition(":")
        assert image in {"apache/kafka", "clickhouse/clickhouse-server"}
        assert tag[0].isdigit()
    mounted = [volume.split(":")[0] for volume in service("clickhouse")["volumes"] if volume.startswith("./")]
    assert mounted
    assert all((ROOT / folder).is_dir() for folder in mounted)


def test_where_no_engine_answers_its_tests_are_deselected_and_the_header_says_so() -> None:
    nobody = {**os.environ, "DOCKER_HOST": f"unix:///{uuid.uuid4().hex}"}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", str(Path(__file__).parent)]
    said = subprocess.run(command, cwd=ROOT, env=nobody, capture_output=True, text=True, check=False, timeout=60).stdout
    assert "docker: no engine answers, its tests are deselected" in said
    assert "2 deselected" in said
    assert "test_images.py" not in said
