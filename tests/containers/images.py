"""The servers of docker-compose.yml as containers: their images, environments and files as written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from testcontainers.core.container import DockerContainer

from deskpulse.local_clickhouse import Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.local_kafka.ready import Answer
from tests.clickhouse_server import ClickHouse
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]
_WITHIN_S = 120.0
_PASSWORDS = {f"CLICKHOUSE_{role.name}_PASSWORD": f"password-of-the-tests-for-{role.value}" for role in Role}


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name]
    return found


@contextmanager
def kafka() -> Iterator[str]:
    """Its bootstrap. The broker also talks to itself by the address it tells clients, so the port is the same inside."""
    port = free_port()
    container = _container("kafka", {"//:9092": f"//:{port}", "kafka:9092": f"127.0.0.1:{port}", "1@kafka": "1@localhost"})
    with container.with_bind_ports(port, port):
        eventually(Answer(port).is_there, _WITHIN_S, "Kafka answers")
        yield f"127.0.0.1:{port}"


@contextmanager
def clickhouse() -> Iterator[ClickHouse]:
    """With our own users, as they are mounted."""
    port = free_port()
    container = _container("clickhouse", {}).with_bind_ports(8123, port)
    for volume in service("clickhouse")["volumes"]:
        if volume.startswith("./"):
            here, there, mode = volume.split(":")
            container.with_volume_mapping(str(ROOT / here), there, mode)
    url = f"http://127.0.0.1:{port}"
    with container:
        eventually(lambda: _answers(url), _WITHIN_S, "ClickHouse answers")
        logins = {role: f"{role.value}:{_PASSWORDS[f'CLICKHOUSE_{role.name}_PASSWORD']}" for role in Role}
        yield ClickHouse(url, logins, is_embedded=False)


def _container(name: str, replaced: dict[str, str]) -> DockerContainer:
    said = service(name)
    container = DockerContainer(said["image"])
    for variable, value in said["environment"].items():
        filled = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda named: _PASSWORDS[named[1]], str(value))
        for written, here in replaced.items():
            filled = filled.replace(written, here)
        container.with_env(variable, filled)
    return container


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
