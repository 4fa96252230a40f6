"""One life told by every helpdesk over HTTP, correctly signed, into one real stack: ClickHouse then says the same of each.

The gateway, a worker and the sink run as `deskpulse up` runs them, on the servers of this test run. Each vendor has an account.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import AdminClient

from deskpulse.clock import wall_ms
from deskpulse.local_clickhouse import Role
from deskpulse.local_kafka.ports import free_port
from deskpulse.running import Stack
from deskpulse.settings import load
from ingest.vendors import VENDORS
from schemas.loader import topics
from tests.clickhouse_server import ClickHouse
from tests.deliveries import signing
from tests.eventually import eventually
from tests.lives import FIRST_RESPONSE_MS, MINUTE_MS, PARTS, REPLY_MS, RESOLUTION_MS, STEPS, WHOLE, life
from tests.servers import PARTITIONS, Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

_PUBLIC = "https://hooks.example.com"
_SOURCE = "desk"
_WITHIN_S = 30.0
_DURATIONS = ("frt_human", "reply_time", "first_resolution_time", "full_resolution_time")


@dataclass(frozen=True)
class Read:
    client: Client
    answers: dict[str, list[tuple[int, str]]]
    """By vendor: what the gateway answered to each delivery."""

    def facts(self, vendor: str) -> dict[str, list[int]]:
        """Durations by metric, in the order of their instants."""
        asked = self.client.query(
            "SELECT metric, groupArray(value) FROM (SELECT * FROM v_facts WHERE account = {account:String} ORDER BY at) GROUP BY metric",
            parameters={"account": vendor},
        )
        return {metric: list(values) for metric, values in asked.result_rows if metric in _DURATIONS}

    def tickets(self, vendor: str) -> list[tuple[Any, ...]]:
        """Status, first response, resolution, replies."""
        asked = self.client.query(
            "SELECT status, first_response_ms, resolution_ms, replies FROM v_tickets WHERE account = {account:String}",
            parameters={"account": vendor},
        )
        return [tuple(row) for row in asked.result_rows]

    def count(self, table: str, vendor: str) -> int:
        asked = self.client.query(
            f"SELECT count() FROM {table} WHERE account = {{account:String}}",  # noqa: S608 - names of our own
            parameters={"account": vendor},
        )
        return int(asked.result_rows[0][0])


@pytest.fixture(scope="module")
def read(kafka: Kafka, clickhouse: ClickHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """Every life was posted."""
    with pytest.MonkeyPatch.context() as patched:
        # What is set for a real installation must not reach this one.
        for name in [name for name in os.environ if name.startswith("DESKPULSE_")]:
            patched.delenv(name)
        name = f"lives_{uuid.uuid4().hex[:6]}"
        file = _written(tmp_path_factory.mktemp("lives"), kafka, clickhouse, name)
        settings = load(file)
        stack = Stack(settings, file, tethered=True)
        try:
            stack.servers_up(lambda _line: None, lambda: None)
            stack.services_up(lambda _line: None, lambda: None)
            opened_ms = wall_ms() // MINUTE_MS * MINUTE_MS - 60 * MINUTE_MS
            with httpx.Client(base_url=settings.gateway.local_url, timeout=10, trust_env=False) as http:
                answers = {vendor: _posted(http, vendor, opened_ms) for vendor in VENDORS}
            reader = clickhouse.client(Role.READER, name)
            yield Read(reader, answers)
            reader.close()
        finally:
            stack.down()
        admin = clickhouse.client()
        admin.command(f"DROP DATABASE {name} SYNC")
        admin.close()
        broker = AdminClient({"bootstrap.servers": kafka.bootstrap})
        for deleted in broker.delete_topics([f"{name}.{topic.name}" for topic in topics()]).values():
            deleted.result()


def _posted(http: httpx.Client, vendor: str, opened_ms: int) -> list[tuple[int, str]]:
    answers = []
    path = "/v1/events" if vendor == "cloudevents" else f"/v1/webhooks/{vendor}/{_SOURCE}"
    for told in life(vendor, opened_ms):
        sent = signing(vendor).sent(told.body, told.headers, at_ms=wall_ms(), url=_PUBLIC + path)
        key = f"/{sent.url_key}" if sent.url_key else ""
        answer = http.post(path + key, content=sent.body, headers=dict(sent.headers))
        answers.append((answer.status_code, str(answer.json().get("status", "")) if answer.content else ""))
    return answers


def _written(folder: Path, kafka: Kafka, clickhouse: ClickHouse, database: str) -> Path:
    def account(vendor: str) -> dict[str, Any]:
        proof = "tokens" if vendor == "cloudevents" else "secrets"
        source = {"vendor": vendor, proof: [signing(vendor).secret]}
        return {"customer_key": f"key-of-the-tests-for-{vendor}", "sources": {_SOURCE: source}}

    roles = {}
    for role in Role:
        user, password = clickhouse.login(role)
        roles[role.value] = {"user": user, "password": password}
    file = folder / "deskpulse.yaml"
    tree = {
        "accounts": {vendor: account(vendor) for vendor in VENDORS},
        "kafka": {"bootstrap": kafka.bootstrap, "prefix": f"{database}.", "partitions": PARTITIONS},
        "clickhouse": {"url": clickhouse.url, "database": database, **roles},
        "gateway": {"port": free_port(), "public_url": _PUBLIC},
        "data": str(folder / "data"),
    }
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    return file


def test_every_vendor_tells_a_whole_life_or_is_named_with_what_it_lacks() -> None:
    assert set(WHOLE) | set(PARTS) == set(VENDORS)
    assert set(WHOLE) & set(PARTS) == set()


@pytest.mark.parametrize("vendor", list(VENDORS))
def test_the_gateway_takes_every_delivery(read: Read, vendor: str) -> None:
    steps = len(STEPS) if vendor in WHOLE else len(PARTS[vendor][1])
    assert read.answers[vendor] == [(200, "appended")] * steps
    assert read.count("v_dead_letters", vendor) == 0


@pytest.mark.parametrize("vendor", list(WHOLE))
def test_the_same_life_is_the_same_numbers_in_clickhouse(read: Read, vendor: str) -> None:
    def stored() -> bool:
        assert read.facts(vendor) == {
            "frt_human": [FIRST_RESPONSE_MS],
            "reply_time": REPLY_MS,
            "first_resolution_time": [RESOLUTION_MS],
            "full_resolution_time": [RESOLUTION_MS],
        }
        assert read.tickets(vendor) == [("resolved", FIRST_RESPONSE_MS, RESOLUTION_MS, 2)]
        return True

    eventually(stored, _WITHIN_S)


@pytest.mark.parametrize("vendor", ["hubspot", "hubspot_v1"])
def test_what_tells_no_messages_still_has_its_resolution_and_no_response(read: Read, vendor: str) -> None:
    def stored() -> bool:
        assert read.facts(vendor) == {"first_resolution_time": [RESOLUTION_MS], "full_resolution_time": [RESOLUTION_MS]}
        assert read.tickets(vendor) == [("resolved", None, RESOLUTION_MS, 0)]
        return True

    eventually(stored, _WITHIN_S)


def test_a_reply_alone_is_counted_and_makes_no_response_time(read: Read) -> None:
    eventually(lambda: read.tickets("hubspot_workflow") == [("open", None, None, 1)], _WITHIN_S)
    assert read.facts("hubspot_workflow") == {}


def test_a_shop_has_its_order_and_no_ticket(read: Read) -> None:
    eventually(lambda: read.count("v_orders", "shopify") == 1, _WITHIN_S)
    assert read.tickets("shopify") == []
    assert read.facts("shopify") == {}
