"""`deskpulse sources test` beside the real gateway and Kafka: what a delivery became is told in words, and nothing is committed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from confluent_kafka.admin import AdminClient

from deskpulse.clock import wall_ms
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from schemas.loader import topics
from tests.doors import TOKEN, bearing, created, opened, signed
from tests.eventually import eventually
from tests.servers import PARTITIONS, Kafka
from tests.timeline import iso

pytestmark = pytest.mark.kafka

_SECRET = "zendesk-signing-secret-of-the-tests"
_YAML = """\
accounts:
  acme:
    customer_key: a-key-of-the-tests-0123456789
    sources:
      desk: {{vendor: zendesk, secrets: [{secret}]}}
      shop: {{vendor: cloudevents, tokens: [{token}]}}
kafka: {{bootstrap: "{bootstrap}", prefix: "{prefix}"}}
gateway: {{port: {port}}}
data: {data}
"""


@dataclass
class Installed:
    """A gateway that takes deliveries, and its configuration."""

    config: Path
    url: str
    bootstrap: str

    def webhook(self, body: bytes) -> str:
        answer = httpx.post(
            f"{self.url}/v1/webhooks/acme/desk", content=body, headers=signed(body, _SECRET, iso(wall_ms())), trust_env=False
        )
        return str(answer.json()["status"])

    def event(self, event_id: str) -> str:
        answer = httpx.post(f"{self.url}/v1/events", json=opened(event_id), headers=bearing(), trust_env=False)
        return str(answer.json()["status"])


@dataclass
class Waiting:
    """The command, once it has said that it waits."""

    process: subprocess.Popen[str]
    heard: list[str] = field(default_factory=list)

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, "".join(self.heard) + err


@pytest.fixture(scope="module")
def installed(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder, port, prefix = tmp_path_factory.mktemp("sources"), free_port(), f"s{uuid.uuid4().hex[:6]}."
    ensure_topics({"bootstrap.servers": kafka.bootstrap}, Installation(partitions=PARTITIONS, prefix=prefix))
    config = folder / "deskpulse.yaml"
    data = json.dumps(str(folder / "data"))
    config.write_text(_YAML.format(secret=_SECRET, token=TOKEN, bootstrap=kafka.bootstrap, prefix=prefix, port=port, data=data))
    with (folder / "gateway.log").open("wb") as log:
        gateway = subprocess.Popen(_command(config, "gateway"), env=_environment(), stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _is_open(url), 30, "the gateway is up")
        yield Installed(config, url, kafka.bootstrap)
    finally:
        gateway.terminate()
        gateway.wait(20)
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        for deleted in admin.delete_topics([prefix + topic.name for topic in topics()]).values():
            deleted.result()


@contextmanager
def _waiting(installed: Installed, source: str, timeout_s: float = 20) -> Iterator[Waiting]:
    command = _command(installed.config, "sources", "test", source, "--timeout", str(timeout_s))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=_environment(), stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None
        try:
            waiting = Waiting(process)
            while not any("Waiting" in line for line in waiting.heard):
                waiting.heard.append(process.stderr.readline())
                assert waiting.heard[-1], waiting.heard
            yield waiting
        finally:
            process.kill()


def test_a_delivery_is_told_in_words(installed: Installed) -> None:
    with _waiting(installed, "acme/desk") as waiting:
        # Of another source of the account, in the same partition: not what is waited for.
        assert installed.event("other") == "appended"
        assert installed.webhook(created()) == "appended"
        code, out, err = waiting.ended()
    assert code == 0, (out, err)
    first, second = out.splitlines()
    assert first.startswith("Understood: ticket 88214: opened by the customer; channel chat; customer known")
    assert second.startswith("  it happened at 2026-03-02 09:59:58+0000 and was received ")
    assert f"{installed.url}/v1/webhooks/acme/desk" in err


def test_what_was_refused_is_told_with_its_reason_and_what_to_do(installed: Installed) -> None:
    with _waiting(installed, "acme/desk") as waiting:
        assert installed.webhook(b'{"type": "an unescaped "quote""}') == "dead_letter"
        code, out, _ = waiting.ended()
    assert code == 1
    first, second, third = out.splitlines()
    assert first == "Rejected: not_json: $: not JSON in UTF-8; a placeholder may hold an unescaped quote"
    assert second == (
        "  What to do: the sender must post JSON in UTF-8: in a body of your own, let the helpdesk escape quotes and line ends"
    )
    assert third.startswith("  The bytes that came: deskpulse dead-letters show ")


def test_what_was_there_before_is_no_delivery_and_a_timeout_is_a_failure(installed: Installed) -> None:
    assert installed.webhook(created("1", "earlier")) == "appended"
    with _waiting(installed, "acme/desk", 1) as waiting:
        code, out, err = waiting.ended()
    assert (code, out) == (1, "")
    assert "Nothing arrived within 1 s" in err


def test_ctrl_c_ends_it_in_a_line(installed: Installed) -> None:
    with _waiting(installed, "acme/shop") as waiting:
        waiting.process.send_signal(signal.SIGINT)
        code, out, err = waiting.ended()
    assert (code, out) == (130, "")
    assert err.rstrip().endswith("Stopped waiting. Nothing was changed.")
    assert "Traceback" not in err


def test_no_group_is_left_at_the_broker(installed: Installed) -> None:
    """Offsets committed by a look at the log would be somebody's state."""
    with _waiting(installed, "acme/shop") as waiting:
        assert installed.event("last") == "appended"
        assert waiting.ended()[0] == 0
    groups = AdminClient({"bootstrap.servers": installed.bootstrap}).list_consumer_groups().result()
    assert [one.group_id for one in groups.valid if "sources-test" in one.group_id] == []


def _command(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "deskpulse", *words, "--config", str(config)]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_")}


def _is_open(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
