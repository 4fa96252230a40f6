"""docker-compose.yml against the Compose Specification, and against what the local servers and this code agree on."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft201909Validator

from deskpulse.local_kafka.config import server_settings
from deskpulse.local_kafka.lock import kafka_version

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("setup", "gateway", "worker", "sink", "notify")


def test_it_follows_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests/data/compose_spec/compose_spec.json").read_text())
    assert [error.message for error in Draft201909Validator(schema).iter_errors(COMPOSE)] == []


def test_the_schema_would_notice_a_fault() -> None:
    schema = json.loads((ROOT / "tests/data/compose_spec/compose_spec.json").read_text())
    faulty = {"services": {"gateway": {"imagee": "deskpulse"}}}
    assert list(Draft201909Validator(schema).iter_errors(faulty))


def test_every_image_is_pinned() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}
    assert all(re.search(r":\d+\.\d+", image) for image in images.values()), images
    assert images["kafka"].endswith(f":{kafka_version()}")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {images[name] for name in OURS} == {f"deskpulse:{version}"}


def test_everything_that_stays_up_has_a_health_check() -> None:
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["setup"]


def test_nothing_begins_before_what_it_needs() -> None:
    assert SERVICES["setup"]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "clickhouse": {"condition": "service_healthy"},
    }
    for name in ("gateway", "worker", "sink", "notify"):
        assert SERVICES[name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}


def test_the_broker_is_set_up_as_the_local_one() -> None:
    said = {_kafka_name(name): value for name, value in SERVICES["kafka"]["environment"].items() if name.startswith("KAFKA_")}
    assert said["auto.create.topics.enable"] == "false"
    local = {name: str(value) for name, value in server_settings(1, 2).items()}
    differs = {name for name in said.keys() & local.keys() if said[name] != local[name]}
    assert differs == {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}


def test_nothing_is_reachable_from_other_machines_by_default() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_waits_in_the_spool_outlives_its_container() -> None:
    folder = SERVICES["gateway"]["environment"]["DESKPULSE_GATEWAY__SPOOL"]
    mounts = dict(reversed(volume.split(":")[:2]) for volume in SERVICES["gateway"]["volumes"])
    assert mounts[folder] in COMPOSE["volumes"]
    assert set(SERVICES["worker"]["volumes"]) < set(SERVICES["gateway"]["volumes"])
    # A new volume has the owner and the mode of the image's folder.
    [made] = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if "install -d -o deskpulse" in line]
    assert f" {folder}" in made


def test_no_password_stands_in_the_file_and_each_part_knows_only_its_own() -> None:
    def roles(name: str) -> set[str]:
        passwords = {key: value for key, value in SERVICES[name]["environment"].items() if key.endswith("PASSWORD")}
        assert all(value.startswith("${CLICKHOUSE_") and ":?" in value for value in passwords.values())
        return {key.split("__")[1].lower() for key in passwords}

    assert {name: roles(name) for name in OURS} == {
        "setup": {"admin", "reader"},
        "gateway": set(),
        "worker": {"writer"},
        "sink": {"writer"},
        "notify": set(),
    }


@pytest.mark.parametrize(
    ("user", "granted"),
    [
        ("reader", ["GRANT SELECT ON deskpulse.*"]),
        ("writer", ["GRANT SELECT, INSERT ON deskpulse.*"]),
        ("admin", ["GRANT ALL ON deskpulse.*"]),
    ],
)
def test_clickhouse_users_have_the_least_that_they_need(user: str, granted: list[str]) -> None:
    users = ET.parse(ROOT / "deploy/clickhouse/users.d/deskpulse.xml").getroot().find("users")  # noqa: S314 - our own file
    assert users is not None
    assert {one.tag for one in users} == {"default", "reader", "writer", "admin"}
    assert users.find("default[@remove='remove']") is not None
    found = users.find(user)
    assert found is not None
    password = found.find("password")
    assert password is not None
    assert password.get("from_env") == f"CLICKHOUSE_{user.upper()}_PASSWORD"
    assert [query.text for query in found.iter("query")] == granted


def _kafka_name(variable: str) -> str:
    return variable.removeprefix("KAFKA_").lower().replace("_", ".")
