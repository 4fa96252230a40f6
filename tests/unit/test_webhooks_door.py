"""POST /v1/webhooks: what each kind of delivery is answered with, and what is then in the log."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from events.placement import partition_of
from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.settings import Limits, Rate, Sources
from tests.client import Client
from tests.deliveries import fixtures, signing
from tests.doors import NEXT_SECRET, NOW_MS, OTHER_SECRET, SOURCES, RecordingLog, RefusingLog, created, settings, signed

URL = "/v1/webhooks/acme/zendesk"


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


def test_a_signed_delivery_is_one_record_of_its_account(client: Client, log: RecordingLog) -> None:
    answer = client.post(URL, content=created(), headers=signed(created()))
    assert (answer.status_code, answer.json()) == (200, {"status": "appended", "events": 1})
    [record] = log.records
    assert (record.topic, record.account, record.key, record.timestamp_ms) == ("ticket-events", "acme", b"acme", NOW_MS)
    [event] = log.events()
    assert event["source"] == "/acme/zendesk"
    assert event["vendor"] == "zendesk"
    assert event["time"].startswith("2026-03-02T09:59:58.205")


def test_either_live_secret_is_taken(client: Client, log: RecordingLog) -> None:
    assert client.post(URL, content=created(), headers=signed(created(), NEXT_SECRET)).status_code == 200
    assert len(log.events()) == 1


def test_nothing_personal_of_any_delivery_is_in_the_events(client: Client, log: RecordingLog) -> None:
    personal: set[str] = set()
    for fixture in fixtures("zendesk"):
        personal |= {*fixture.personal, str(fixture.case["payload"].get("detail", {}).get("requester_id") or "no requester")}
        assert client.post(URL, content=fixture.body, headers=signed(fixture.body)).status_code == 200
    appended = b"".join(record.key + record.value for record in log.records if record.topic == "ticket-events").decode().lower()
    assert len(appended) > 10_000
    assert [text for text in personal if text.lower() in appended] == []


@pytest.mark.parametrize("headers", [{}, signed(created(), "wrong"), signed(b"other bytes"), signed(created(), OTHER_SECRET)])
def test_what_is_not_signed_by_the_source_is_401_and_leaves_nothing(
    client: Client, log: RecordingLog, headers: dict[str, str]
) -> None:
    answer = client.post(URL, content=created(), headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert log.records == []


@pytest.mark.parametrize("path", ["/v1/webhooks/acme/other", "/v1/webhooks/nobody/zendesk", "/v1/webhooks/-/-", "/v1/webhooks/a"])
def test_an_unknown_source_is_404_without_detail(client: Client, log: RecordingLog, path: str) -> None:
    answer = client.post(path, content=created(), headers=signed(created()))
    assert (answer.status_code, answer.json()) == (404, {"error": "not found"})
    assert log.records == []


def test_the_same_source_name_under_two_accounts_is_two_sources(client: Client, log: RecordingLog) -> None:
    client.post(URL, content=created(), headers=signed(created()))
    client.post("/v1/webhooks/bolt/zendesk", content=created(), headers=signed(created(), OTHER_SECRET))
    assert [record.account for record in log.records] == ["acme", "bolt"]
    first, second = log.events()
    assert (first["source"], second["source"]) == ("/acme/zendesk", "/bolt/zendesk")
    assert first["data"]["customer"] != second["data"]["customer"]
    assert partition_of("acme", 4) != partition_of("bolt", 4)


def test_a_stale_delivery_is_kept_as_a_dead_letter(client: Client, log: RecordingLog) -> None:
    headers = signed(created(), timestamp="2026-03-02T09:00:00Z")
    answer = client.post(URL, content=created(), headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "dead_letter", "reason": "stale"})
    assert log.events() == []
    [letter] = log.dead_letters()
    assert letter["value"].encode() == created()
    assert letter["reason"] == "stale"


def test_a_dead_letter_has_the_bytes_and_says_why_without_secrets(client: Client, log: RecordingLog) -> None:
    body = b'{"type": "zen:event-type:ticket.teleported", "note": "\xc3\xa9"}'
    client.post(URL, content=body, headers=signed(body) | {"authorization": "Bearer s3cret", "x-zendesk-webhook-id": "01GH"})
    [record] = log.records
    [letter] = log.dead_letters()
    assert record.value == body
    assert record.key == b"acme/zendesk"
    assert {name: letter[name] for name in ("stage", "account", "source", "vendor", "at", "http.x-zendesk-webhook-id")} == {
        "stage": "gateway",
        "account": "acme",
        "source": "zendesk",
        "vendor": "zendesk",
        "at": str(NOW_MS),
        "http.x-zendesk-webhook-id": "01GH",
    }
    written = str(record.headers)
    assert "s3cret" not in written
    assert "signature" not in written


def test_the_same_bytes_are_the_same_letter(client: Client, log: RecordingLog) -> None:
    for body in (b"[1]", b"[1]", b"[2]"):
        client.post(URL, content=body, headers=signed(body))
    first, second, third = (letter["letter_id"] for letter in log.dead_letters())
    assert first == second != third


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":"\xff"}', "not_json"),
        (b"[]", "not_understood"),
        (b"[" * 100_000, "too_deep"),
        (b'{"deskpulse":1,"event":"ticket.merged","ticket_id":"1"}', "invalid"),
    ],
)
def test_authentic_bytes_that_are_no_event_are_a_dead_letter(client: Client, log: RecordingLog, body: bytes, reason: str) -> None:
    answer = client.post(URL, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["reason"]) == (200, reason)
    assert log.values("dead-letters") == [body]


def test_what_is_of_no_interest_is_200_and_leaves_nothing(client: Client, log: RecordingLog) -> None:
    body = b'{"type":"zen:event-type:user.created","id":"1"}'
    assert client.post(URL, content=body, headers=signed(body)).json() == {"status": "ignored"}
    assert log.records == []


@pytest.mark.parametrize("outcome", [Outcome.AWAY, Outcome.FULL])
@pytest.mark.parametrize("body", [created(), b"{}"])
def test_without_the_broker_it_is_503_and_send_it_again(outcome: Outcome, body: bytes) -> None:
    with _client(RefusingLog(outcome)) as client:
        answer = client.post(URL, content=body, headers=signed(body))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"


def test_a_dead_letter_that_no_broker_takes_is_413() -> None:
    with _client(RefusingLog(Outcome.TOO_LARGE)) as client:
        assert client.post(URL, content=b"{}", headers=signed(b"{}")).status_code == 413


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    """Without a declared length."""
    yield body[:60]
    yield body[60:]


def test_a_body_over_the_limit_is_413() -> None:
    log = RecordingLog()
    with _client(log, Limits(webhook_bytes=100)) as client:
        fits, over = b"1" * 100, b"1" * 101
        assert client.post(URL, content=fits, headers=signed(fits)).status_code == 200
        assert client.post(URL, content=over, headers=signed(over)).status_code == 413
        assert client.post(URL, content=_chunks(over), headers=signed(over)).status_code == 413
    assert log.values("dead-letters") == [fits]


def test_too_many_bodies_at_once_are_503() -> None:
    with _client(RecordingLog(), Limits(held_bytes=100)) as client:
        assert client.post(URL, content=b"1" * 101, headers=signed(b"1" * 101)).status_code == 503
        small = b"1" * 100
        assert [client.post(URL, content=small, headers=signed(small)).status_code for _ in range(3)] == [200] * 3


def test_a_source_over_its_rate_is_503_because_429_makes_vendors_stop() -> None:
    slow = Sources.of(replace(source, rate=Rate(per_s=0.001, burst=2)) for source in SOURCES.by_name.values())
    log = RecordingLog()
    with _client(log, sources=slow) as client:
        answers = [client.post(URL, content=created(), headers=signed(created())) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 503]
        assert answers[2].headers["retry-after"] == "2"
        forged = [client.post(URL, content=b"x", headers=signed(b"x", OTHER_SECRET)).status_code for _ in range(9)]
        assert forged == [401] * 9, "forgeries must not use up the source's rate"
        other = client.post("/v1/webhooks/bolt/zendesk", content=created(), headers=signed(created(), OTHER_SECRET))
        assert other.status_code == 200


def test_sources_may_change_while_running(log: RecordingLog) -> None:
    now = [Sources.of([])]
    told = replace(settings(), sources=lambda: now[0])
    with Client(create_app(told, log)) as client:
        assert client.post(URL, content=created(), headers=signed(created())).status_code == 404
        now[0] = SOURCES
        assert client.post(URL, content=created(), headers=signed(created())).status_code == 200


def test_our_own_fault_is_503_and_nothing_of_it_is_told(log: RecordingLog) -> None:
    def broken() -> Sources:
        raise RuntimeError("a secret in a message")

    with Client(create_app(replace(settings(), sources=broken), log)) as client:
        answer = client.post(URL, content=created(), headers=signed(created()))
    assert answer.status_code == 503
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", [URL, "/v1/webhooks/no/body"])
def test_probes_are_answered_alike_for_known_and_unknown_names(client: Client, path: str) -> None:
    assert client.request("HEAD", path).status_code == 200
    assert client.request("OPTIONS", path).status_code == 204
    assert client.get(path).status_code == 200
    assert client.request("HEAD", f"{path}/a-key").status_code == 200
    assert client.request("PUT", path).json() == {"error": "method not allowed"}


def test_the_key_of_who_signs_nothing_may_stand_in_the_url_and_is_kept_nowhere() -> None:
    plain = replace(SOURCES.by_name["acme", "zendesk"], name="plain", vendor="gorgias", secrets=(b"an-unguessable-key",))
    log = RecordingLog()
    with _client(log, sources=Sources.of([plain])) as client:
        url = "/v1/webhooks/acme/plain"
        assert client.post(url, content=b"{}").status_code == 401
        assert client.post(f"{url}/another-key", content=b"{}").status_code == 401
        assert client.post(f"{url}/an-unguessable-key", content=b"{}").json()["status"] == "dead_letter"
        assert client.post(f"{url}?key=an-unguessable-key", content=b"{}").json()["status"] == "dead_letter"
        assert client.post(url, content=b"{}", headers={"x-deskpulse-key": "an-unguessable-key"}).status_code == 200
        assert client.post(url, content=b"{}", auth=("anybody", "an-unguessable-key")).status_code == 200
    assert "unguessable" not in str(log.records)


def _of(vendor: str) -> Sources:
    return Sources.of([replace(signing(vendor).source(), name="desk")])


def test_fronts_challenge_is_given_back_and_a_forged_one_is_not(log: RecordingLog) -> None:
    body = b'{"type":"sync","authorization":{"id":"cmp_abc"}}'
    url = "/v1/webhooks/acme/desk"
    with _client(log, sources=_of("front")) as client:
        headers = {**signing("front").sent(body).headers, "x-front-challenge": "8a9b0c"}
        assert client.post(url, content=body, headers=headers).json() == {"challenge": "8a9b0c"}
        assert client.post(url, content=body, headers={"x-front-challenge": "8a9b0c"}).status_code == 401
    assert log.records == []


def test_a_delivery_signed_without_its_blanks_is_taken_and_counted(log: RecordingLog) -> None:
    body = fixtures("front_rule")[0].body
    headers = {**signing("front_rule").sent(body).headers}
    with _client(log, sources=_of("front_rule")) as client:
        url = "/v1/webhooks/acme/desk"
        assert client.post(url, content=body.replace(b'":', b'": '), headers=headers).status_code == 200
        assert 'deskpulse_gateway_rewritten_total{vendor="front_rule"} 1' in client.get("/metrics").text


def test_the_kinds_of_one_helpdesk_know_the_same_customers(log: RecordingLog) -> None:
    for vendor in ("front", "front_rule"):
        [fixture] = [one for one in fixtures(vendor) if one.name == "inbound_first"]
        with _client(log, sources=_of(vendor)) as client:
            sent = signing(vendor).sent(fixture.body)
            assert client.post("/v1/webhooks/acme/desk", content=fixture.body, headers=dict(sent.headers)).status_code == 200
    opened = [event for event in log.events() if event["type"] == "deskpulse.ticket.opened.v1"]
    assert [event["vendor"] for event in opened] == ["front", "front"]
    assert opened[0]["data"]["customer"] == opened[1]["data"]["customer"]


def test_a_slash_at_the_end_is_no_redirect(client: Client) -> None:
    assert client.post(URL + "/", content=created()).status_code == 404


def test_a_cloudevents_source_takes_its_token_at_this_door_too(client: Client, log: RecordingLog) -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "type": "deskpulse.ticket.removed.v1",
        "subject": "t",
        "time": "2026-03-02T09:00:00Z",
        "data": {},
    }
    body = json.dumps(event).encode()
    url = "/v1/webhooks/acme/shop"
    assert client.post(url, content=body, headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.post(url, content=body).status_code == 401
    assert client.post(url, content=body, headers={"authorization": "Bearer token-of-acme-0123456789abcdef"}).status_code == 200
    assert [appended["source"] for appended in log.events()] == ["/acme/shop"]
