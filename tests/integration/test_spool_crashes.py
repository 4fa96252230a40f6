"""The real gateway and the real broker, killed at every step of the spool: what was answered with 200 is in the log, in its order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from ingest.spool.steps import Step
from tests.chaos.log_reading import records
from tests.chatwoot import SECRET, Chatwoot
from tests.doors import SECRET as ZENDESK_SECRET
from tests.doors import created, signed
from tests.eventually import eventually
from tests.gateway_process import gateway_process

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]

PARTITIONS = 2
_YAML = """\
accounts:
  acme:
    customer_key: a-key-of-the-tests-0123456789
    sources:
      chatwoot: {{vendor: chatwoot, secrets: [{secret}]}}
      zendesk: {{vendor: zendesk, secrets: [{zendesk}], tolerance: 36500d}}
  bolt:
    customer_key: a-key-of-the-tests-9876543210
    sources:
      chatwoot: {{vendor: chatwoot, secrets: [{secret}]}}
kafka: {{bootstrap: "{bootstrap}", prefix: {prefix}}}
gateway: {{port: {port}, spool_bytes: 1048576}}
data: {data}
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """To be killed, and running again at the end of each test."""
    with LocalKafka(tmp_path_factory.mktemp("spool") / "kafka", free_port(), die_with_parent=True) as started:
        yield started


@dataclass
class Place:
    """A gateway's configuration, its data and its topics."""

    broker: LocalKafka
    config: Path
    prefix: str
    address: str
    desks: list[Chatwoot] = field(default_factory=list)

    def spool(self) -> list[Path]:
        return sorted((self.config.parent / "data" / "spool").glob("*.segment"))

    def health(self) -> dict[str, Any]:
        """Empty while nobody answers."""
        try:
            answer = httpx.get(f"{self.address}/healthz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return {}
        return {**answer.json(), "code": answer.status_code}

    def metrics(self) -> dict[str, float]:
        lines = httpx.get(f"{self.address}/metrics", timeout=5, trust_env=False).text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def until_it_answers(self) -> None:
        eventually(self.health, 30, "the gateway answers")

    def until_drained(self) -> None:
        eventually(lambda: self.health().get("spool", {}).get("records") == 0 and not self.spool(), 60, "the spool is empty")

    def events(self) -> list[dict[str, Any]]:
        """Everything in the log, in the order of each partition."""
        topic, bootstrap = f"{self.prefix}ticket-events", self.broker.bootstrap
        return [json.loads(message.value()) for number in range(PARTITIONS) for message in records(bootstrap, topic, number)]

    def hold(self) -> None:
        """The promise: answered is in the log, in order where it was spooled, and nothing is that was not sent."""
        events = self.events()
        # What a delivery tells beside its reply: who wrote, and when the ticket was opened.
        beside = {"deskpulse.directory.updated.v1", "deskpulse.ticket.opened.v1"}
        assert {event["type"] for event in events} <= {"deskpulse.ticket.replied.v1", *beside}
        for desk in self.desks:
            logged = desk.in_the_log(events)
            assert desk.accepted() <= set(logged) <= set(desk.sent)
            first = [number for number in dict.fromkeys(logged) if number in desk.accepted()]
            assert first == sorted(first)


@pytest.fixture
def place(broker: LocalKafka, tmp_path: Path) -> Iterator[Place]:
    prefix, port, config = f"{tmp_path.name[:20]}.", free_port(), tmp_path / "deskpulse.yaml"
    ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=PARTITIONS, prefix=prefix))
    told = {"secret": SECRET, "zendesk": ZENDESK_SECRET, "bootstrap": broker.bootstrap, "prefix": prefix, "port": port}
    config.write_text(_YAML.format(**told, data=json.dumps(str(tmp_path / "data"))))
    made = Place(broker, config, prefix, f"http://127.0.0.1:{port}")
    made.desks = [Chatwoot("acme", made.address), Chatwoot("bolt", made.address)]
    yield made
    if broker.pid is None:
        broker.start()
        broker.wait_ready()


def _come_back(broker: LocalKafka) -> None:
    broker.start()
    broker.wait_ready()


def test_a_gateway_killed_at_each_step_loses_nothing_that_was_answered(place: Place) -> None:
    acme, bolt = place.desks
    with gateway_process(place.config) as gateway:
        place.until_it_answers()
        eventually(lambda: place.health()["code"] == 200, 30)
        assert [desk.say().json()["status"] for desk in (acme, bolt, acme)] == ["appended"] * 3  # type: ignore[union-attr]
        gateway.kill()
    place.broker.kill()

    steps: list[Step] = ["before_write", "after_write", "after_fsync"]
    for step in steps:
        with gateway_process(place.config, (step, 6)) as gateway:
            place.until_it_answers()
            for number in range(9):
                place.desks[number % 2].say()
            assert gateway.wait(10) == -signal.SIGKILL, step
    # Five of each nine were answered, the sixth never was; what follows found nobody.
    assert len(acme.spooled() | {number + 100 for number in bolt.spooled()}) == 15
    assert len(acme.answered) + len(bolt.answered) == 18

    _come_back(place.broker)
    for step, nth in (("during_drain", 2), ("before_delete", 1)):
        before = place.spool()
        with gateway_process(place.config, (step, nth)) as gateway:
            assert gateway.wait(30) == -signal.SIGKILL, step
        assert place.spool() == before, f"nothing is deleted before {step}"
    with gateway_process(place.config):
        place.until_drained()
        assert acme.say().json()["status"] == "appended"  # type: ignore[union-attr]
    place.hold()
    logged = acme.in_the_log(place.events())
    assert len(logged) > len(set(logged)), "the drain was killed after the log had some of it"


def test_a_broker_killed_under_deliveries_and_under_the_drain_loses_nothing_that_was_answered(place: Place) -> None:
    is_over = Event()

    def play(desk: Chatwoot) -> None:
        while not is_over.wait(0.01):
            desk.say()

    players = [Thread(target=play, args=(desk,)) for desk in place.desks]
    with gateway_process(place.config) as gateway:
        place.until_it_answers()
        eventually(lambda: place.health()["code"] == 200, 30)
        for player in players:
            player.start()
        try:
            for _ in range(2):
                eventually(lambda: all("appended" in desk.said.values() for desk in place.desks), 30)
                place.broker.kill()
                seen = [len(desk.spooled()) for desk in place.desks]
                eventually(
                    lambda seen=seen: all(  # type: ignore[misc]
                        len(desk.spooled()) >= more + 40 for desk, more in zip(place.desks, seen, strict=True)
                    ),
                    60,
                )
                assert place.metrics()["deskpulse_gateway_spool_records"] >= 40
                _come_back(place.broker)
                # Not waited for: the next kill comes while it drains, or soon after.
                eventually(lambda: place.metrics().get("deskpulse_gateway_spool_drained_total{}", 0) > 0, 60)
        finally:
            is_over.set()
            for player in players:
                player.join(30)
        place.until_drained()
        assert [desk.say().json()["status"] for desk in place.desks] == ["appended"] * 2  # type: ignore[union-attr]
        assert gateway.poll() is None
    for desk in place.desks:
        assert set(desk.answered.values()) == {200}
        assert len(desk.answered) == len(desk.sent)
    place.hold()


def test_a_full_spool_is_503_and_who_sends_again_is_never_spooled(place: Place) -> None:
    acme, _ = place.desks
    body = created()
    place.broker.kill()
    with gateway_process(place.config):
        place.until_it_answers()
        zendesk = httpx.post(f"{place.address}/v1/webhooks/acme/zendesk", content=body, headers=signed(body), trust_env=False)
        assert (zendesk.status_code, zendesk.headers["retry-after"]) == (503, "2")
        assert place.spool() == []
        # No event is so large, but what is not understood is kept with all its bytes.
        answers = [acme.post(b"x" * 400_000) for _ in range(3)]
        assert [answer.status_code for answer in answers if answer is not None] == [200, 200, 503]
        assert answers[2] is not None
        assert answers[2].headers["retry-after"] == "2"
        health = place.health()
        assert (health["code"], health["spool"]["records"], health["spool"]["problem"]) == (503, 2, "full")
        metrics = place.metrics()
        assert metrics["deskpulse_gateway_spool_writable"] == 0
        assert metrics['deskpulse_gateway_spool_refused_total{reason="full"}'] == 1
        assert metrics['deskpulse_gateway_spooled_total{vendor="chatwoot"}'] == 2
        said = _doctor(place)
        assert "2 records wait" in said["spool"]["text"]
        assert said["spool"]["health"] == "bad"
        _come_back(place.broker)
        place.until_drained()
        assert place.health()["spool"]["problem"] == ""
    assert place.events() == [], "dead letters have a topic of their own, and Zendesk sends again"


def test_a_second_gateway_on_the_same_folder_says_whose_it_is(place: Place) -> None:
    with gateway_process(place.config) as first:
        place.until_it_answers()
        second = subprocess.run(
            [sys.executable, "-m", "deskpulse", "gateway", "--config", str(place.config)],
            env={"PATH": "", "DESKPULSE_GATEWAY__PORT": str(free_port())},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert second.returncode == 78
        assert f"belongs to another gateway (pid {first.pid})" in second.stderr
        assert "Traceback" not in second.stderr


def _doctor(place: Place) -> dict[str, dict[str, str]]:
    said = subprocess.run(
        [sys.executable, "-m", "deskpulse", "doctor", "--json", "--config", str(place.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return {one["what"]: one for one in json.loads(said.stdout)["findings"]}
