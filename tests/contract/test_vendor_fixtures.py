"""Every delivery of every vendor, verified and understood as the gateway does it, against its reviewed events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.vendors import VENDORS
from ingest.verify import Verdict
from tests.deliveries import FOLDER, Fixture, all_fixtures, fixtures, outcome, signing
from tests.doors import NOW_MS

OUTCOMES = ("events", "not_for_us", "rejected", "handshake")
ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "helpdesks"
EVERY = pytest.mark.parametrize("fixture", all_fixtures(), ids=str)
EACH = pytest.mark.parametrize("vendor", list(VENDORS))
DATED = pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if signing(vendor).is_dated])
SIGNED = pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if signing(vendor).is_signed])


@EVERY
def test_each_delivery_gives_its_reviewed_events(fixture: Fixture) -> None:
    sent = signing(fixture.vendor).sent(fixture.body, fixture.headers)
    assert VENDORS[fixture.vendor].verify(signing(fixture.vendor).source(), sent, NOW_MS) is Verdict.GENUINE
    assert outcome(fixture) == {name: fixture.case[name] for name in OUTCOMES if name in fixture.case}


@EVERY
def test_the_same_bytes_give_the_same_events(fixture: Fixture) -> None:
    assert outcome(fixture) == outcome(fixture)


@EVERY
def test_nothing_personal_passes(fixture: Fixture) -> None:
    written = json.dumps(outcome(fixture), ensure_ascii=False).lower()
    assert [text for text in fixture.personal if text.lower() in written] == []


@EVERY
def test_the_fixture_holds_the_personal_strings_that_are_searched_for(fixture: Fixture) -> None:
    # The normalised spelling of an address is searched for too.
    body = fixture.body.decode().lower()
    assert [text for text in fixture.personal if text.lower() not in body] == []
    assert fixture.case["why"]


@EACH
def test_each_vendor_has_a_row_a_page_and_fixtures_of_what_it_can_tell(vendor: str) -> None:
    row = VENDORS[vendor]
    page = PAGES / f"{row.helpdesk}.md"
    assert page.exists(), f"{page.relative_to(ROOT)} says what to click, and what {row.title} cannot tell"
    assert row.dedupe
    assert row.setup.steps
    shown = fixtures(vendor)
    assert sum(len(fixture.case.get("events", [])) for fixture in shown) >= 3, "fixtures show its events"
    assert sum(len(fixture.personal) for fixture in shown) >= 3, "fixtures hold something personal to search for"
    assert any("rejected" in fixture.case for fixture in shown), "fixtures show what is not understood"


def test_no_page_and_no_fixtures_are_of_a_vendor_without_a_row() -> None:
    helpdesks = {row.helpdesk for row in VENDORS.values()}
    assert {path.stem for path in PAGES.glob("*.md")} == helpdesks
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(VENDORS)


@EACH
def test_either_of_two_live_secrets_is_taken_and_no_other(vendor: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    sent = told.sent(fixtures(vendor)[0].body, fixtures(vendor)[0].headers)
    another = "0123456789abcdef" * 4
    assert verify(told.source(told.secret, another), sent, NOW_MS) is Verdict.GENUINE
    assert verify(told.source(another, told.secret), sent, NOW_MS) is Verdict.GENUINE
    assert verify(told.source(another), sent, NOW_MS) is Verdict.FORGED
    assert verify(told.source(""), sent, NOW_MS) is Verdict.FORGED


@EACH
def test_without_its_proof_a_delivery_is_a_forgery(vendor: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    assert verify(told.source(), type(told.sent(b"{}"))({}, b"{}"), NOW_MS) is Verdict.FORGED


@EACH
def test_an_empty_secret_is_nobodys_key(vendor: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    assert verify(told.source(""), type(told.sent(b"{}"))({"authorization": "Basic Og=="}, b"{}"), NOW_MS) is Verdict.FORGED


@SIGNED
def test_a_flipped_byte_is_a_forgery(vendor: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    fixture = fixtures(vendor)[0]
    sent = told.sent(fixture.body, fixture.headers)
    for place in {0, len(sent.body) // 2, len(sent.body) - 1}:
        flipped = bytearray(sent.body)
        flipped[place] ^= 1
        assert verify(told.source(), type(sent)(sent.headers, bytes(flipped), url=sent.url), NOW_MS) is Verdict.FORGED


@SIGNED
def test_each_header_of_the_proof_is_needed(vendor: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    sent = told.sent(b"{}")
    proof = [name for name, form in told.told["headers"].items() if "{signature}" in form or "{timestamp}" in form]
    assert proof
    for missing in proof:
        headers = {name: value for name, value in sent.headers.items() if name != missing}
        assert verify(told.source(), type(sent)(headers, sent.body, url=sent.url), NOW_MS) is Verdict.FORGED


@DATED
@pytest.mark.parametrize("at", ["old", "ahead"])
def test_an_hour_away_from_now_is_stale_and_not_forged(vendor: str, at: str) -> None:
    told, verify = signing(vendor), VENDORS[vendor].verify
    assert verify(told.source(), told.sent(b"{}", at=at), NOW_MS) is Verdict.STALE
