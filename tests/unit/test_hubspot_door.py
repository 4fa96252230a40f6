"""HubSpot at the door: the address is signed, many events are one request, and what is refused is not sent again."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.settings import Source, Sources
from tests.client import Client
from tests.deliveries import fixtures
from tests.doors import NOW_MS, RecordingLog, RefusingLog, settings

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
PATH = "/v1/webhooks/acme/hubspot"
PUBLIC = "https://hooks.example.com"
SOURCES = Sources.of([Source("acme", "hubspot", "hubspot", b"account-key", secrets=(SECRET.encode(),))])


@contextmanager
def _client(log: RecordingLog) -> Iterator[Client]:
    with Client(create_app(settings(sources=SOURCES, public_url=PUBLIC), log)) as client:
        yield client


def _batch(*names: str) -> bytes:
    """One request with the events of several fixtures, each with an id of its own."""
    cases = {fixture.name: fixture.case["payload"] for fixture in fixtures("hubspot")}
    events: list[Any] = [event for name in names for event in cases[name]]
    return json.dumps([{**event, "eventId": number} for number, event in enumerate(events)]).encode()


def _signed(body: bytes, url: str = PUBLIC + PATH, at_ms: int = NOW_MS) -> dict[str, str]:
    digest = hmac.digest(SECRET.encode(), f"POST{url}".encode() + body + str(at_ms).encode(), "sha256")
    return {
        "content-type": "application/json",
        "x-hubspot-request-timestamp": str(at_ms),
        "x-hubspot-signature-v3": base64.b64encode(digest).decode(),
    }


def test_all_events_of_a_request_are_one_append() -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form", "assigned", "closed_by_date", "message", "merged")
    with _client(log) as client:
        answer = client.post(PATH, content=body, headers=_signed(body))
    assert (answer.status_code, answer.json()) == (200, {"status": "appended", "events": 5})
    kinds = [event["type"].removeprefix("deskpulse.ticket.") for event in log.events()]
    assert kinds == ["opened.v1", "updated.v1", "resolved.v1", "merged.v1", "merged.v1"]
    assert len({event["id"] for event in log.events()}) == 5


def test_where_one_event_cannot_be_read_none_is_appended_and_the_request_is_kept() -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form", "one_of_two_unreadable")
    with _client(log) as client:
        answer = client.post(PATH, content=body, headers=_signed(body))
    assert (answer.status_code, answer.json()["reason"]) == (200, "not_understood")
    assert log.events() == []
    assert log.values("dead-letters") == [body]


def test_without_the_broker_none_is_acknowledged() -> None:
    body = _batch("ticket_created_by_form", "closed_by_date")
    with _client(RefusingLog(Outcome.AWAY)) as client:
        assert client.post(PATH, content=body, headers=_signed(body)).status_code == 503


def test_the_same_request_again_has_the_same_ids() -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form", "closed_by_date")
    again = body.replace(b'"attemptNumber": 0', b'"attemptNumber": 1')
    assert again != body
    with _client(log) as client:
        for sent in (body, again):
            assert client.post(PATH, content=sent, headers=_signed(sent)).status_code == 200
    first, second = log.events()[:2], log.events()[2:]
    assert first == second


@pytest.mark.parametrize("called", ["http://gateway" + PATH, "https://hooks.example.com", PUBLIC + PATH + "/"])
def test_the_address_is_the_configured_one_and_never_made_of_the_request(called: str) -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form")
    with _client(log) as client:
        assert client.post(PATH, content=body, headers=_signed(body, called)).status_code == 401
        forwarded = {"host": "hooks.example.com", "x-forwarded-host": "gateway", "x-forwarded-proto": "http"}
        assert client.post(PATH, content=body, headers=_signed(body, called) | forwarded).status_code == 401
    assert log.records == []


def test_a_query_belongs_to_the_address_in_the_order_it_was_sent() -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form")
    with _client(log) as client:
        sent = _signed(body, PUBLIC + PATH + "?b=1&a=x%20y")
        assert client.post(PATH + "?b=1&a=x%20y", content=body, headers=sent).status_code == 200
        assert client.post(PATH + "?a=x%20y&b=1", content=body, headers=sent).status_code == 401


@pytest.mark.parametrize("away_ms", [-300_001, 300_001])
def test_more_than_five_minutes_away_is_refused_and_not_kept(away_ms: int) -> None:
    log, body = RecordingLog(), _batch("ticket_created_by_form")
    with _client(log) as client:
        assert client.post(PATH, content=body, headers=_signed(body, at_ms=NOW_MS + away_ms)).status_code == 401
    assert log.records == []
