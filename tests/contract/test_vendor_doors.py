"""Every vendor through the whole application: its proof, its address with or without a key, and what it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from events.rejected import Reason
from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.settings import Sources
from ingest.vendors import VENDORS
from ingest.verify import Sent
from tests.client import Client
from tests.deliveries import Fixture, fixtures, signing
from tests.doors import RecordingLog, RefusingLog, settings

EACH = pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "cloudevents"])
PUBLIC = "https://hooks.example.com"
PATH = "/v1/webhooks/acme/desk"


@contextmanager
def _client(vendor: str, log: RecordingLog) -> Iterator[Client]:
    sources = Sources.of([signing(vendor).source()])
    with Client(create_app(settings(sources=sources, public_url=PUBLIC), log)) as client:
        yield client


def _url(sent: Sent, *, key: str = "") -> str:
    """The path and query that its signature says, with the key as the last part of the path where there is one."""
    path, _, query = sent.url.removeprefix(PUBLIC).partition("?")
    key = key or sent.url_key
    return f"{path}{'/' if key else ''}{key}{'?' if query else ''}{query}"


def _first_with_events(vendor: str) -> Fixture:
    return next(fixture for fixture in fixtures(vendor) if "events" in fixture.case)


@EACH
def test_a_delivery_is_appended(vendor: str) -> None:
    fixture, log = _first_with_events(vendor), RecordingLog()
    sent = signing(vendor).sent(fixture.body, fixture.headers)
    with _client(vendor, log) as client:
        answer = client.post(_url(sent), content=sent.body, headers=dict(sent.headers))
    reviewed = [{**event, "source": "/acme/desk"} for event in fixture.case["events"]]
    assert (answer.status_code, answer.json()) == (200, {"status": "appended", "events": len(reviewed)})
    assert log.events() == reviewed


@EACH
def test_a_stranger_is_turned_away_and_leaves_nothing(vendor: str) -> None:
    fixture, log = _first_with_events(vendor), RecordingLog()
    forged = signing(vendor).sent(fixture.body, fixture.headers, secret="00112233445566778899aabbccddeefe")
    with _client(vendor, log) as client:
        if "key_text" not in signing(vendor).told:
            # Where a key is made of the secret, the forgery below has to do.
            assert client.post(_url(forged), content=forged.body, headers=dict(forged.headers)).status_code == 401
        assert client.post(PATH, content=forged.body).status_code == 401
        assert client.post(f"{PATH}/some-key", content=forged.body).status_code == 401
        assert client.post(f"{PATH}?key=some-key", content=forged.body).status_code == 401
    assert log.records == []


@EACH
@pytest.mark.parametrize("outcome", [Outcome.AWAY, Outcome.FULL])
def test_while_the_broker_is_away_the_vendor_is_told_to_come_again(vendor: str, outcome: Outcome) -> None:
    fixture = _first_with_events(vendor)
    sent = signing(vendor).sent(fixture.body, fixture.headers)
    with _client(vendor, RefusingLog(outcome)) as client:
        answer = client.post(_url(sent), content=sent.body, headers=dict(sent.headers))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"


@EACH
def test_what_is_no_json_is_kept_with_its_bytes(vendor: str) -> None:
    log, body = RecordingLog(), b'{"an unescaped "quote""}'
    sent = signing(vendor).sent(body)
    with _client(vendor, log) as client:
        answer = client.post(_url(sent), content=body, headers=dict(sent.headers))
    assert answer.status_code == 200
    [letter] = log.dead_letters()
    assert letter["value"].encode() == body
    # Some also take forms, which anything can be.
    assert letter["reason"] in {Reason.NOT_JSON.value, Reason.NOT_UNDERSTOOD.value}
    written = str(log.records[0].headers)
    assert signing(vendor).secret not in written


@pytest.mark.parametrize("vendor", ["crisp_website", "groove"])
def test_a_key_may_stand_in_the_query_as_well(vendor: str) -> None:
    fixture, log = _first_with_events(vendor), RecordingLog()
    secret = signing(vendor).secret
    with _client(vendor, log) as client:
        answer = client.post(f"{PATH}?key={secret}", content=fixture.body, headers=fixture.headers)
    assert answer.status_code == 200
    assert len(log.events()) == len(fixture.case["events"])


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if signing(vendor).is_dated])
def test_an_old_one_is_kept_or_refused_as_its_row_says(vendor: str) -> None:
    fixture, log = _first_with_events(vendor), RecordingLog()
    sent = signing(vendor).sent(fixture.body, fixture.headers, at="old")
    with _client(vendor, log) as client:
        answer = client.post(_url(sent), content=sent.body, headers=dict(sent.headers))
    refused = VENDORS[vendor].stale == "refuse"
    assert answer.status_code == (401 if refused else 200)
    assert [letter["reason"] for letter in log.dead_letters()] == ([] if refused else ["stale"])
    assert log.events() == []
