"""Every vendor at the gateway's own door: what its deliveries are answered with, through HTTP and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.settings import Sources
from ingest.vendors import VENDORS
from tests.client import Client
from tests.deliveries import URL, Fixture, fixtures, signing
from tests.doors import RecordingLog, RefusingLog, settings

EACH = pytest.mark.parametrize("vendor", list(VENDORS))
DATED = pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if signing(vendor).is_dated])
AGAIN = pytest.mark.parametrize("vendor", [vendor for vendor, row in VENDORS.items() if row.redelivers])
PUBLIC, _, PATH = URL.partition("/v1/")


def _one(vendor: str) -> Fixture:
    return next(fixture for fixture in fixtures(vendor) if "events" in fixture.case)


@contextmanager
def _door(vendor: str, log: RecordingLog) -> Iterator[Client]:
    sources = Sources.of([replace(signing(vendor).source(), name="desk")])
    with Client(create_app(settings(sources=sources, public_url=PUBLIC), log)) as client:
        yield client


def _post(client: Client, vendor: str, fixture: Fixture, at: str = "now", **changed: str) -> httpx.Response:
    """As the vendor does, the key in the path where it has one. The gateway's own name is another than the public one."""
    sent = signing(vendor).sent(fixture.body, fixture.headers, at=at)
    path, _, query = PATH.partition("?")
    key = f"/{sent.url_key}" if sent.url_key else ""
    headers = {name.encode("latin-1"): value.encode() for name, value in {**sent.headers, **changed}.items()}
    return client.post(f"/v1/{path}{key}?{query}", content=fixture.body, headers=headers)


@EACH
def test_a_genuine_delivery_is_in_the_log_before_it_is_answered(vendor: str) -> None:
    log, fixture = RecordingLog(), _one(vendor)
    with _door(vendor, log) as client:
        answer = _post(client, vendor, fixture)
    assert (answer.status_code, answer.json()["status"]) == (200, "appended")
    assert [event["id"] for event in log.events()] == [event["id"] for event in fixture.case["events"]]


@EACH
def test_one_that_proves_nothing_is_401_and_leaves_nothing(vendor: str) -> None:
    log = RecordingLog()
    with _door(vendor, log) as client:
        assert client.post(f"/v1/{PATH}", content=_one(vendor).body).status_code == 401
    assert log.records == []


@AGAIN
def test_while_the_broker_is_away_it_is_told_to_come_again(vendor: str) -> None:
    with _door(vendor, RefusingLog(Outcome.AWAY)) as client:
        answer = _post(client, vendor, _one(vendor))
    assert answer.status_code == VENDORS[vendor].away
    assert answer.headers["retry-after"] == "2"


@DATED
def test_an_old_one_is_kept_or_refused_as_its_row_says(vendor: str) -> None:
    log = RecordingLog()
    with _door(vendor, log) as client:
        answer = _post(client, vendor, _one(vendor), at="old")
    refused = VENDORS[vendor].stale == "refuse"
    assert answer.status_code == (401 if refused else 200)
    assert [letter["reason"] for letter in log.dead_letters()] == ([] if refused else ["stale"])
    assert log.events() == []


@EACH
def test_a_dead_letter_of_it_holds_no_secret(vendor: str) -> None:
    log = RecordingLog()
    spoiled = next(fixture for fixture in fixtures(vendor) if "rejected" in fixture.case)
    with _door(vendor, log) as client:
        assert _post(client, vendor, spoiled).json()["status"] == "dead_letter"
    [letter] = log.records
    assert letter.value == spoiled.body
    assert signing(vendor).secret not in str(letter)
    assert "signature" not in str(letter.headers)
