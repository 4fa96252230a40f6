"""Display names and missed openings: each enters the log once, also when the broker was away; a name that is an address never does."""

from __future__ import annotations

import json

import pytest

from events.wire import DirectoryUpdated, Event, Opened, TicketOpened
from ingest.adapters.canonical import Head, called
from ingest.gateway import create_app
from ingest.news import News
from ingest.record import Outcome
from ingest.times import canonical
from tests.client import Client
from tests.doors import NOW_MS, NOW_TEXT, TOKEN, RecordingLog, RefusingLog, settings, signed

HEAD: Head = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/acme/desk",
    "subject": "t1",
    "time": canonical(NOW_MS),
    "vendor": "zendesk",
}
URL = "/v1/webhooks/acme/zendesk"


def _named(name: str, identity: str = "7") -> list[Event]:
    return called(HEAD, "agent", identity, name)


def _comment(comment: str, name: str) -> bytes:
    return json.dumps(
        {
            "type": "zen:event-type:ticket.comment_added",
            "id": comment,
            "time": "2026-03-02T09:59:58Z",
            "detail": {"id": "1"},
            "event": {"comment": {"id": comment, "is_public": True, "author": {"id": "7", "is_staff": True, "name": name}}},
        }
    ).encode()


def test_a_name_is_an_event_beside_the_one_it_came_with() -> None:
    [event] = _named("  Ana \n Field ")
    assert isinstance(event, DirectoryUpdated)
    assert (event.id, event.subject, event.data.name) == ("agent:7:e1", "7", "Ana Field")


@pytest.mark.parametrize(
    ("identity", "name"), [("", "Ana"), ("7", ""), ("7", "  "), ("7", "ana@shop.example"), ("7" * 250, "Ana")]
)
def test_without_an_id_a_name_or_room_and_for_an_address_nothing_is_said(identity: str, name: str) -> None:
    assert _named(name, identity) == []


def test_a_long_name_is_cut_and_never_a_fault() -> None:
    [event] = _named("x" * 500)
    assert isinstance(event, DirectoryUpdated)
    assert len(event.data.name) == 128


def test_what_was_said_is_news_again_only_when_it_changed() -> None:
    news = News()
    news.said(_named("Ana"))
    assert news.of(_named("Ana")) == []
    assert news.of(_named("Ana B.")) == _named("Ana B.")
    assert news.of([*_named("Bob", "8"), *_named("Bob", "8")]) == _named("Bob", "8")


def _opened(*, missed: bool, ticket: str = "t1") -> list[Event]:
    envelope: Head = {**HEAD, "subject": ticket}
    return [TicketOpened(**envelope, data=Opened("chat", missed=missed))]


@pytest.mark.parametrize("was_missed", [True, False])
def test_an_opening_that_was_missed_is_said_once_and_never_after_one_that_was_seen(*, was_missed: bool) -> None:
    news = News()
    assert news.of(_opened(missed=True)) == _opened(missed=True)
    news.said(_opened(missed=was_missed))
    assert news.of(_opened(missed=True)) == []
    assert news.of(_opened(missed=True, ticket="t2")) != []
    assert news.of(_opened(missed=False)) == _opened(missed=False)


def test_openings_that_the_log_never_takes_fill_no_memory() -> None:
    news = News(most=2)
    for ticket in ("t1", "t2", "t3"):
        news.of(_opened(missed=False, ticket=ticket))
    assert news.of(_opened(missed=True, ticket="t1")) != []
    assert news.of(_opened(missed=True, ticket="t3")) == []


def test_it_remembers_so_many_names_and_no_more() -> None:
    news = News(most=2)
    for identity in ("1", "2", "1", "3"):
        news.said(_named("Ana", identity))
    assert news.of(_named("Ana", "1")) == []
    assert news.of(_named("Ana", "2")) != []


def test_each_name_enters_the_log_once_and_the_replies_all() -> None:
    log = RecordingLog()
    with Client(create_app(settings(), log)) as client:
        for comment, name in (("c1", "Ana"), ("c2", "Ana"), ("c3", "Ana B."), ("c4", "Ana B.")):
            body = _comment(comment, name)
            assert client.post(URL, content=body, headers=signed(body)).status_code == 200
    names = [event["data"]["name"] for event in log.events() if event["type"] == "deskpulse.directory.updated.v1"]
    assert names == ["Ana", "Ana B."]
    assert len(log.events()) == 6


def test_a_name_that_the_broker_did_not_take_is_said_again() -> None:
    log = RefusingLog(Outcome.AWAY)
    app = create_app(settings(), log)
    body = _comment("c1", "Ana")
    with Client(app) as client:
        assert client.post(URL, content=body, headers=signed(body)).status_code == 503
        log.append = RecordingLog.append.__get__(log)  # type: ignore[method-assign]
        assert client.post(URL, content=body, headers=signed(body)).json() == {"status": "appended", "events": 2}


def test_a_delivery_of_nothing_but_a_name_that_was_said_is_no_wait_for_the_log() -> None:
    named = {
        "specversion": "1.0",
        "type": "deskpulse.directory.updated.v1",
        "id": "agent-7-ana",
        "source": "/acme/shop",
        "subject": "directory",
        "time": NOW_TEXT,
        "data": {"kind": "agent", "id": "7", "name": "Ana Field"},
    }
    log = RecordingLog()
    with Client(create_app(settings(), log)) as client:
        said = [
            client.post(
                "/v1/webhooks/acme/shop",
                content=json.dumps(named).encode(),
                headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
            )
            for _ in range(2)
        ]
    assert [(each.status_code, each.json()["events"]) for each in said] == [(200, 1), (200, 0)]
    assert len(log.events()) == 1
