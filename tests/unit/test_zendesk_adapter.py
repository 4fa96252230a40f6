"""Every row of Zendesk's table, as a payload with its reviewed canonical events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from events.rejected import Rejected
from ingest.adapters.zendesk import adapt
from ingest.canonical import canonical
from ingest.delivery import NotForUs
from tests.doors import delivery

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "zendesk").glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return case


def _body(case: dict[str, Any]) -> bytes:
    return json.dumps(case["payload"], ensure_ascii=False, separators=(",", ":")).encode()


def _appended(case: dict[str, Any]) -> list[bytes] | NotForUs | Rejected:
    adapted = adapt(delivery(_body(case)))
    if not isinstance(adapted, list):
        return adapted
    appended: list[bytes] = []
    for event in adapted:
        raw = canonical(event)
        if isinstance(raw, Rejected):
            return raw
        appended.append(raw)
    return appended


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_each_payload_gives_its_reviewed_events(path: Path) -> None:
    case = _read(path)
    match _appended(case):
        case NotForUs(why):
            assert why == case["not_for_us"]
        case Rejected() as rejected:
            assert {"reason": rejected.reason.value, "error": rejected.error} == case["rejected"]
        case appended:
            assert [json.loads(raw) for raw in appended] == case["events"]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_nothing_personal_passes(path: Path) -> None:
    case = _read(path)
    appended = _appended(case)
    text = b"".join(appended).decode() if isinstance(appended, list) else repr(appended)
    requester = case["payload"].get("detail", {}).get("requester_id", "no requester")
    for personal in [*case["personal"], str(requester)]:
        if not isinstance(appended, Rejected):
            assert personal.lower() not in text.lower()
        else:
            assert personal.lower() not in appended.error.lower()


def test_the_fixtures_hold_something_personal_to_search_for() -> None:
    assert sum(len(_read(path)["personal"]) for path in FIXTURES) > 100
    for path in FIXTURES:
        written = json.dumps(_read(path)["payload"], ensure_ascii=False).lower()
        for personal in _read(path)["personal"]:
            # The normalised spelling of an address is searched for too.
            assert personal.lower() in written


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_same_bytes_give_the_same_events(path: Path) -> None:
    case = _read(path)
    first, second = _appended(case), _appended(case)
    assert first == second
