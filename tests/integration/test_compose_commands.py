"""Each of our services of docker-compose.yml, its command and health check run as written, against the local servers."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deskpulse.database import Database
from deskpulse.local_clickhouse import LocalClickHouse, Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.wiring.logins import Access
from tests.eventually import eventually
from tests.servers import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
TOKEN = "a-token-of-the-tests-0123456789"
BIN = Path(sys.executable).parent


class Containers:
    """What compose would do: environment, command, health check; hosts and paths are those of this machine."""

    def __init__(self, folder: Path, replaced: dict[str, str], variables: dict[str, str]) -> None:
        self.folder = folder
        self._replaced = replaced
        self._variables = variables
        self._running: list[subprocess.Popen[bytes]] = []

    def environment(self, service: str) -> dict[str, str]:
        said = {name: self._filled(str(value)) for name, value in SERVICES[service].get("environment", {}).items()}
        # As the image says.
        image = {"DESKPULSE_DATA": str(self.folder / service), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_")}
        return {**inherited, **image, **said}

    def argv(self, service: str) -> list[str]:
        entrypoint = SERVICES[service].get("entrypoint", ["deskpulse"])
        return [*entrypoint, *SERVICES[service].get("command", [])]

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(service),
            env=self.environment(service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, service: str) -> None:
        with (self.folder / f"{service}.log").open("wb") as log:
            self._running.append(
                subprocess.Popen(self.argv(service), env=self.environment(service), cwd=self.folder, stdout=log, stderr=log)
            )

    def is_healthy(self, service: str) -> bool:
        _, *test = SERVICES[service]["healthcheck"]["test"]
        test = [sys.executable if part == "python" else part for part in test]
        return subprocess.run(test, env=self.environment(service), capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()

    def _filled(self, value: str) -> str:
        value = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda named: self._variables[named[1]], value)
        for written, here in self._replaced.items():
            value = value.replace(written, here)
        return value


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[LocalClickHouse]:
    with LocalClickHouse(tmp_path / "clickhouse", free_port(), die_with_parent=True) as server:
        yield server


@pytest.fixture
def containers(kafka: Kafka, clickhouse: LocalClickHouse, tmp_path: Path) -> Iterator[Containers]:
    file = tmp_path / "deskpulse.yaml"
    source = f"{{vendor: cloudevents, tokens: [{TOKEN}]}}"
    # The broker is shared with other tests.
    file.write_text(
        f"accounts: {{acme: {{customer_key: a-key-of-the-tests-0123, sources: {{counter: {source}}}}}}}\nkafka: {{prefix: compose.}}\n"
    )
    replaced = {
        "/etc/deskpulse/deskpulse.yaml": str(file),
        "kafka:9092": kafka.bootstrap,
        "http://clickhouse:8123": clickhouse.url,
        "0.0.0.0": "127.0.0.1",
        "8080": str(free_port()),
        "/var/spool/deskpulse": str(tmp_path / "spool"),
    }
    variables = {f"CLICKHOUSE_{role.name}_PASSWORD": clickhouse.tokens.of(role) for role in Role}
    found = Containers(tmp_path, replaced, variables)
    yield found
    found.stop()


def test_every_service_does_its_part_as_written(containers: Containers, clickhouse: LocalClickHouse) -> None:
    set_up = containers.run("setup")
    assert set_up.returncode == 0, set_up.stderr
    again = containers.run("setup")
    assert again.returncode == 0, again.stderr
    assert "all current" in again.stdout
    assert "unchanged: acme" in again.stdout

    for service in ("gateway", "worker", "sink", "notify"):
        containers.start(service)
    for service in ("gateway", "worker", "sink", "notify"):
        eventually(lambda service=service: containers.is_healthy(service), 90, what=f"{service} is healthy")  # type: ignore[misc]

    gateway = containers.environment("gateway")["DESKPULSE_GATEWAY__PORT"]
    event = (
        '{"specversion":"1.0","id":"1","type":"deskpulse.ticket.opened.v1","subject":"t1",'
        '"time":"2026-01-05T10:00:00Z","data":{"channel":"chat"}}'
    )
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/cloudevents+json"}
    answer = httpx.post(f"http://127.0.0.1:{gateway}/v1/events", content=event, headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text
    reader = Database(Access(clickhouse.url, "deskpulse", "reader", clickhouse.tokens.of(Role.READER)))
    eventually(lambda: reader.rows("SELECT ticket_id FROM v_tickets") == [{"ticket_id": "t1"}], 60)
    reader.close()


def test_the_commands_are_those_of_the_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["deskpulse"]' in dockerfile
    assert shlex.join(SERVICES["gateway"]["command"]) == "gateway"
