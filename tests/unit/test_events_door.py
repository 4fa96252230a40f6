"""POST /v1/events: CloudEvents, one and many, each fault with its path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from events.codec import decode
from events.rejected import Rejected
from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.settings import Limits, Rate, Sources
from tests.client import Client
from tests.doors import NOW_MS, OTHER_TOKEN, SOURCES, RecordingLog, RefusingLog, bearing, opened, settings

URL = "/v1/events"
BATCH = "application/cloudevents-batch+json"


@contextmanager
def _client(log: RecordingLog, limits: Limits | None = None, sources: Sources = SOURCES) -> Iterator[Client]:
    with Client(create_app(settings(limits=limits, sources=sources), log)) as client:
        yield client


@pytest.fixture
def log() -> RecordingLog:
    return RecordingLog()


@pytest.fixture
def client(log: RecordingLog) -> Iterator[Client]:
    with _client(log) as client:
        yield client


def _post(client: Client, event: object, **headers: str) -> Any:
    return client.post(URL, content=json.dumps(event), headers=bearing() | headers)


def test_an_event_is_appended_in_its_canonical_form(client: Client, log: RecordingLog) -> None:
    answer = _post(client, opened(unknown="ignored", time="2026-03-02T15:29:59.5004+05:30"))
    assert (answer.status_code, answer.json()) == (200, {"status": "appended"})
    [record] = log.records
    assert (record.account, record.key, record.timestamp_ms) == ("acme", b"acme", NOW_MS)
    [event] = log.events()
    assert event["source"] == "/acme/shop"
    assert event["vendor"] == "cloudevents"
    assert event["time"].startswith("2026-03-02T09:59:59.5")
    assert "unknown" not in event
    assert not isinstance(decode(record.value), Rejected)


def test_the_customer_is_hidden_at_the_door(client: Client, log: RecordingLog) -> None:
    _post(client, opened())
    _post(client, opened("e-2", data={"channel": "chat", "customer": "MIA@example.com "}))
    _post(client, opened("e-3", data={"channel": "chat", "customer": "42"}))
    _post(client, opened("e-4", data={"channel": "chat"}))
    first, second, third, fourth = (event["data"].get("customer") for event in log.events())
    assert first == second != third
    assert len(third) == 43
    assert fourth is None
    assert b"example.com" not in b"".join(log.values("ticket-events")).lower()


def test_an_older_version_is_brought_up_to_date(client: Client, log: RecordingLog) -> None:
    _post(client, opened(type="deskpulse.ticket.surveyed.v1", data={"rating": 4, "customer": "mia@example.com"}))
    [event] = log.events()
    assert event["type"] == "deskpulse.ticket.surveyed.v2"
    assert len(event["data"]["customer"]) == 43


def test_the_vendor_may_be_named(client: Client, log: RecordingLog) -> None:
    _post(client, opened(vendor="homegrown"))
    assert log.events()[0]["vendor"] == "homegrown"


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"source": "/bolt/shop"}, "$.source", "invalid"),
        ({"source": None}, "$.source", "invalid"),
        ({"type": "com.example.thing"}, "$.type", "unknown_type"),
        ({"type": "deskpulse.ticket.opened.v9"}, "$.type", "unknown_version"),
        ({"type": "deskpulse.clock.tick.v1"}, "$.type", "unknown_type"),
        ({"type": "deskpulse.account.configured.v1", "data": {}}, "$.type", "unknown_type"),
        ({"type": "deskpulse.customer.forgotten.v1", "data": {"customer": "x"}}, "$.type", "unknown_type"),
        ({"time": "2026-03-02T09:59:59"}, "$.time", "invalid"),
        ({"time": "2026-03-02T10:02:00.001Z"}, "$.time", "future"),
        ({"time": "1969-12-31T23:59:59Z"}, "$.time", "invalid"),
        ({"subject": ""}, "$.subject", "invalid"),
        ({"data": {"channel": "chat", "priority": 1}}, "$.data.priority", "invalid"),
        ({"data": {"channel": "chat", "customer": 42}}, "$.data.customer", "invalid"),
        ({"data": {"channel": "chat", "customer": "x" * 321}}, "$.data.customer", "invalid"),
        ({"data": {"channel": "chat", "tags": ["a", 7]}}, "$.data.tags[1]", "invalid"),
    ],
)
def test_a_fault_is_422_with_its_path(client: Client, log: RecordingLog, change: dict[str, Any], path: str, reason: str) -> None:
    answer = _post(client, opened(**change))
    assert answer.status_code == 422
    assert (answer.json()["status"], answer.json()["reason"], answer.json()["path"]) == ("rejected", reason, path)
    assert answer.json()["error"]
    assert log.records == []


def test_no_value_is_repeated_in_a_fault(client: Client) -> None:
    answer = _post(client, opened(data={"channel": 7, "customer": "mia@example.com", "agent": "s3cret" * 100}))
    assert "mia" not in answer.text
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "not_json"), (b"{", "not_json"), (b"7", "not_an_event"), (b"\xff", "not_json"), (b'{"a":' * 99, "too_deep")],
)
def test_bytes_that_are_no_event_are_422(client: Client, body: bytes, reason: str) -> None:
    answer = client.post(URL, content=body, headers=bearing())
    assert (answer.status_code, answer.json()["reason"]) == (422, reason)


def test_an_event_of_more_than_64_kib_is_422(client: Client) -> None:
    assert _post(client, opened(extra="x" * 65_536)).json()["reason"] == "too_large"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic token-of-acme-0123456789abcdef"},
        {"authorization": "Bearer " + "x" * 5000},
    ],
)
def test_without_a_token_it_is_401(client: Client, headers: dict[str, str]) -> None:
    answer = _post(client, opened(), **headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_posts_for_its_own_source_alone(client: Client, log: RecordingLog) -> None:
    _post(client, opened(), **bearing(OTHER_TOKEN))
    assert _post(client, opened(source="/acme/shop"), **bearing(OTHER_TOKEN)).status_code == 422
    assert [(record.account, event["source"]) for record, event in zip(log.records, log.events(), strict=True)] == [
        ("bolt", "/bolt/shop")
    ]


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/xml", "application/cloudevents+avro"])
def test_another_content_type_is_415(client: Client, content_type: str) -> None:
    assert _post(client, opened(), **{"content-type": content_type}).status_code == 415


@pytest.mark.parametrize("content_type", ["application/json", "Application/CloudEvents+JSON; charset=utf-8"])
def test_json_by_either_name_is_taken(client: Client, content_type: str) -> None:
    assert _post(client, opened(), **{"content-type": content_type}).status_code == 200


def test_binary_mode_has_its_attributes_in_headers(client: Client, log: RecordingLog) -> None:
    headers = bearing(content_type="application/json") | {
        "ce-specversion": "1.0",
        "ce-id": "e%201",
        "ce-type": "deskpulse.ticket.opened.v1",
        "ce-subject": "t-1",
        "ce-time": "2026-03-02T09:59:59Z",
    }
    assert client.post(URL, content=b'{"channel":"chat","customer":"42"}', headers=headers).status_code == 200
    assert [event["id"] for event in log.events()] == ["e 1"]
    for broken in (b'{},"id":"x"', b"", b"{"):
        assert client.post(URL, content=broken, headers=headers).json()["reason"] == "not_json"
    assert len(log.records) == 1


def test_a_batch_is_judged_element_by_element(client: Client, log: RecordingLog) -> None:
    batch = [opened("e-1"), opened("e-2", subject=""), opened("e-3"), 7, opened("e-5", source="/bolt/shop")]
    answer = _post(client, batch, **{"content-type": BATCH})
    assert answer.status_code == 207
    told = answer.json()
    assert [element["index"] for element in told] == [0, 1, 2, 3, 4]
    assert [element["status"] for element in told] == ["appended", "rejected", "appended", "rejected", "rejected"]
    assert [element.get("path") for element in told] == [None, "$.subject", None, "$", "$.source"]
    assert [event["id"] for event in log.events()] == ["e-1", "e-3"]


def test_a_batch_without_a_fault_is_200_and_one_of_faults_alone_422(client: Client, log: RecordingLog) -> None:
    assert _post(client, [opened("e-1"), opened("e-2")], **{"content-type": BATCH}).status_code == 200
    assert _post(client, [opened("e-1")], **{"content-type": "application/json"}).status_code == 200
    assert _post(client, [], **{"content-type": BATCH}).json() == []
    assert _post(client, [7, 8], **{"content-type": BATCH}).status_code == 422
    assert _post(client, opened(), **{"content-type": BATCH}).status_code == 422
    assert len(log.records) == 3


def test_a_batch_has_a_limit_of_elements() -> None:
    log = RecordingLog()
    with _client(log, Limits(batch_elements=3)) as client:
        assert _post(client, [opened(str(n)) for n in range(4)], **{"content-type": BATCH}).status_code == 413
        assert log.records == []
        assert _post(client, [opened(str(n)) for n in range(3)], **{"content-type": BATCH}).status_code == 200


def test_a_body_over_the_limit_is_413_and_closes() -> None:
    with _client(RecordingLog(), Limits(events_bytes=300)) as client:
        answer = _post(client, opened(extra="x" * 300))
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_source_over_its_rate_is_429_with_the_wait() -> None:
    slow = Sources.of(replace(source, rate=Rate(per_s=1, burst=3)) for source in SOURCES.by_name.values())
    with _client(RecordingLog(), sources=slow) as client:
        answers = [_post(client, [opened(str(n)) for n in range(40)], **{"content-type": BATCH}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 30 <= int(answers[1].headers["retry-after"]) <= 40


@pytest.mark.parametrize("outcome", list(set(Outcome) - {Outcome.APPENDED}))
@pytest.mark.parametrize("batch", [False, True])
def test_without_the_broker_it_is_503(outcome: Outcome, *, batch: bool) -> None:
    with _client(RefusingLog(outcome)) as client:
        answer = _post(client, [opened()] if batch else opened(), **{"content-type": BATCH if batch else "application/json"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"


def test_options_and_other_methods(client: Client) -> None:
    answer = client.request("OPTIONS", URL)
    assert (answer.status_code, answer.headers["allow"]) == (204, "POST, OPTIONS")
    assert client.get(URL).status_code == 405
    assert client.request("HEAD", URL).status_code == 405
    assert client.post("/v2/events").json() == {"error": "not found"}
