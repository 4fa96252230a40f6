"""Doctor only looks, believes no file of a process that ended, and gives a reason for what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from confluent_kafka import KafkaError

from deskpulse.clock import wall_ms
from deskpulse.doctor.clickhouse import clickhouse, reasons
from deskpulse.doctor.finding import Health
from deskpulse.doctor.kafka import differing, untold
from deskpulse.doctor.status import Status, status_of
from deskpulse.settings import Settings
from deskpulse.settings.models import Kafka
from schemas.loader import topics

_ENDED = 1 << 30
"""No system gives such a pid."""


def said_by(folder: Path, name: str, pid: int, at_ms: int, waiting_for: str = "") -> Status | None:
    status = folder / "status"
    status.mkdir(exist_ok=True)
    told = {"pid": pid, "at_ms": at_ms, "partitions": [{"lag": 7}], "waiting_for": waiting_for}
    (status / f"{name}.json").write_text(json.dumps(told))
    return status_of(Settings(data=folder), "worker")


def test_a_status_that_an_ended_worker_left_is_not_believed(tmp_path: Path) -> None:
    assert said_by(tmp_path, "worker-2", _ENDED, wall_ms() - 60_000) is None
    now = said_by(tmp_path, "worker-1", os.getpid(), wall_ms())
    assert now is not None
    assert not now.is_old
    assert now.lag == 7


def test_a_worker_that_lives_and_is_silent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_ms = wall_ms()
    monkeypatch.setattr("deskpulse.doctor.status.wall_ms", lambda: written_ms + 60_000)
    silent = said_by(tmp_path, "worker-1", os.getpid(), written_ms)
    assert silent is not None
    assert silent.is_old


def test_a_pid_that_was_given_again_is_no_writer(tmp_path: Path) -> None:
    assert said_by(tmp_path, "worker-1", os.getpid(), 1_000) is None


def test_a_fresh_status_of_another_container_is_believed(tmp_path: Path) -> None:
    assert said_by(tmp_path, "worker-1", _ENDED, wall_ms()) is not None


def test_a_broker_that_starts_again_is_no_missing_right() -> None:
    starting = untold("worker", "deskpulse", KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE, ""))
    assert "the broker does not answer yet about the group deskpulse (" in starting.text
    assert "()" not in starting.text
    assert "right" not in starting.do
    assert untold("worker", "deskpulse", KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "no")).do.startswith("grant the right")


def test_reasons_beyond_four_are_counted() -> None:
    rows = [{"reason": f"r{number}", "letters": 10 - number} for number in range(6)]
    assert reasons(rows) == "r0 10, r1 9, r2 8, r3 7 and 11 more"
    assert reasons(rows[:4]) == "r0 10, r1 9, r2 8, r3 7"


def test_partitions_that_differ_from_the_log_are_said_as_topics_does() -> None:
    as_declared = {one.name: one.partition_count(4) for one in topics()}
    assert list(differing(Settings(), as_declared)) == []
    [found] = differing(Settings(kafka=Kafka(partitions=8)), as_declared)
    assert found.text.startswith("differs: ticket-events: partitions is 4, declared is 8; so are ")
    assert found.health is Health.LOOK


def test_doctor_makes_neither_tokens_nor_folders(tmp_path: Path) -> None:
    [finding] = clickhouse(Settings(data=tmp_path / "data"))
    assert (finding.health, finding.do) == (Health.BAD, "start it: deskpulse up, or deskpulse clickhouse")
    assert not (tmp_path / "data").exists()
    (tmp_path / "data" / "clickhouse").mkdir(parents=True)
    assert len(list(clickhouse(Settings(data=tmp_path / "data")))) == 1
    assert list((tmp_path / "data" / "clickhouse").iterdir()) == []


def test_damaged_tokens_hide_nothing_else_that_doctor_says(tmp_path: Path) -> None:
    (tmp_path / "clickhouse").mkdir()
    (tmp_path / "clickhouse" / "tokens.json").write_text("{")
    [finding] = clickhouse(Settings(data=tmp_path))
    assert finding.health is Health.BAD
    assert "tokens.json is damaged" in finding.do
