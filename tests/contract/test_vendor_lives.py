"""Deliveries of a helpdesk through its adapter and the fold: traps whose answer needs a ticket's whole life."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import permutations
from typing import Any

from events.rejected import Rejected
from ingest.canonical import canonical
from ingest.customer import Customers
from ingest.delivery import Delivery
from ingest.vendors import VENDORS
from tests.deliveries import fixtures
from tests.doors import NOW_MS
from tests.fold_adapter import folded
from tests.oracle.log import Expected

HOUR_MS = 3_600_000
Told = tuple[Any, dict[str, str]]


def told(vendor: str, name: str, **changed: Any) -> Told:
    """A fixture's delivery, with top-level fields changed."""
    found = next(fixture for fixture in fixtures(vendor) if fixture.name == name)
    # A copy: fixtures are read once for all tests.
    payload = json.loads(json.dumps(found.case["payload"]))
    return ({**payload, **changed} if changed else payload), found.headers


def appended(vendor: str, delivery: Told) -> list[bytes]:
    """Its events, received an hour after the others of the fixtures."""
    row, (payload, headers) = VENDORS[vendor], delivery
    customers = Customers(b"account-key-of-the-tests", row.helpdesk)
    body = json.dumps(payload).encode()
    adapted = row.adapt(Delivery("acme", vendor, row.helpdesk, body, headers, NOW_MS + HOUR_MS, customers))
    assert isinstance(adapted, list), adapted
    events = [canonical(event) for event in adapted]
    assert not any(isinstance(event, Rejected) for event in events)
    return [event for event in events if isinstance(event, bytes)]


def lived(vendor: str, deliveries: Iterable[Told]) -> Expected:
    """What the fold makes of them."""
    events = [event for delivery in deliveries for event in appended(vendor, delivery)]
    known = folded([(offset, NOW_MS + 2 * HOUR_MS, b"acme", event) for offset, event in enumerate(events)])
    assert known.rejects == {}
    return known


def ticket(known: Expected) -> dict[str, Any]:
    [row] = known.tickets.values()
    return row


def values(known: Expected, metric: str) -> list[int]:
    return sorted(fact[5] for fact in known.facts if fact[3] == metric)


def in_every_order(vendor: str, deliveries: list[Told]) -> Expected:
    """The same whatever the order, and twice."""
    first = lived(vendor, deliveries)
    for order in permutations(deliveries):
        again = lived(vendor, [*order, *order])
        assert again.facts == first.facts
        assert again.tickets == first.tickets
    return first


def test_dixa_closed_and_abandoned_at_once_is_abandoned() -> None:
    for gap_ms in (-300, 0, 300):
        at = f"2026-03-02T10:00:00.{429 + gap_ms:03}Z"
        closed = told("dixa", "closed_unassigned", event_id="c-1", event_timestamp=at)
        deliveries = [told("dixa", "created", event_id="o-1"), closed, told("dixa", "abandoned", event_id="a-1")]
        known = in_every_order("dixa", deliveries)
        assert ticket(known)["status"] == "abandoned"
        assert values(known, "abandonment") == [1]
        assert values(known, "resolved_events") == []


def test_dixa_abandoned_without_a_notice_of_its_opening_is_whole() -> None:
    known = in_every_order("dixa", [told("dixa", "abandoned")])
    assert values(known, "tickets_opened") == [1]
    assert values(known, "adopted") == []


def crisp(name: str, at_ms: int, **data: Any) -> Told:
    payload, headers = told("crisp", name, timestamp=at_ms)
    return {**payload, "data": {**payload["data"], "timestamp": at_ms, **data}}, headers


def test_crisp_begins_with_the_first_message_whichever_arrives_first() -> None:
    first = crisp("reply_by_customer", NOW_MS, fingerprint=1)
    later = crisp("reply_by_customer", NOW_MS + 60_000, fingerprint=2)
    answer = crisp("reply_by_agent", NOW_MS + 180_000, fingerprint=3)
    known = in_every_order("crisp", [first, later, answer])
    assert values(known, "tickets_opened") == [1]
    assert values(known, "frt_human") == [180_000]
    assert values(known, "adopted") == []


def test_crisp_rated_again_keeps_the_last_rating() -> None:
    opened = crisp("initiated", NOW_MS)
    good, bad = (crisp("rated", NOW_MS + at_ms, rating={"stars": stars}) for stars, at_ms in ((5, 1000), (2, 60_000)))
    assert values(in_every_order("crisp", [opened, good, bad]), "csat") == [2]


def test_zammad_recalls_an_opening_once_beside_the_notice_of_it() -> None:
    opened, answer = told("zammad", "opened"), told("zammad", "first_reply_by_agent")
    both = in_every_order("zammad", [opened, answer])
    alone = in_every_order("zammad", [answer])
    for known in (both, alone):
        assert values(known, "tickets_opened") == [1]
        assert values(known, "frt_human") == [3_598_036]
    assert ticket(both)["priority"] == "2 normal"


def test_zammad_answered_before_the_connection_has_no_first_response() -> None:
    known = in_every_order("zammad", [told("zammad", "reply_by_agent")])
    assert values(known, "frt_human") == []
    assert values(known, "adopted") == [1]


def test_zammad_closed_told_by_two_triggers_is_resolved_once() -> None:
    by_name, by_update = told("zammad", "closed_again"), told("zammad", "updated_closed")
    known = in_every_order("zammad", [told("zammad", "opened"), by_name, by_update])
    assert values(known, "resolved_events") == [1]
    assert values(known, "reopened") == []


def test_freescout_opened_by_a_customers_reply_is_reopened() -> None:
    deliveries = [told("freescout", "created"), told("freescout", "closed"), told("freescout", "active_by_customer")]
    known = in_every_order("freescout", deliveries)
    assert ticket(known)["status"] == "open"
    assert len(values(known, "reopened")) == 1


def test_hubspot_closed_told_by_stage_and_by_date_is_resolved_once_and_reopened_once() -> None:
    def event(number: int, name: str, **changed: Any) -> Any:
        [payload] = told("hubspot", name)[0]
        return {**payload, "eventId": number, **changed}

    opened = event(1, "ticket_created_by_form", occurredAt=NOW_MS)
    closed = [
        event(2, "closed_by_stage", occurredAt=NOW_MS + 1000),
        event(3, "closed_by_date", occurredAt=NOW_MS + 1002),
    ]
    again = [
        event(4, "stage_waiting", occurredAt=NOW_MS + 5000),
        event(5, "open_again_by_date", occurredAt=NOW_MS + 5001),
    ]
    known = in_every_order("hubspot", [([opened, *closed], {}), (again, {})])
    assert values(known, "resolved_events") == [1]
    assert values(known, "reopened") == [4000]
    assert ticket(known)["status"] == "open"


def test_hubspot_stage_of_another_pipeline_opens_nothing_that_is_closed() -> None:
    [opened], [closed], [stage] = (
        told("hubspot", name)[0] for name in ("ticket_created_by_form", "closed_by_date", "stage_of_another_pipeline")
    )
    batch = [
        {**opened, "eventId": 1, "occurredAt": NOW_MS},
        {**closed, "eventId": 2, "occurredAt": NOW_MS + 1000},
        {**stage, "eventId": 3, "occurredAt": NOW_MS + 1001},
    ]
    assert ticket(in_every_order("hubspot", [(batch, {})]))["status"] == "resolved"


def test_jira_server_telling_a_comment_twice_is_one_reply() -> None:
    opened = told("jira", "created")
    as_change, headers = told("jira", "server_comment_with_issue")
    as_change["comment"]["author"] = as_change["issue"]["fields"]["assignee"] = {"name": "ana", "key": "JIRAUSER2"}
    as_comment = {**as_change, "webhookEvent": "comment_created", "timestamp": as_change["timestamp"] + 7}
    known = in_every_order("jira", [opened, (as_change, headers), (as_comment, headers)])
    assert values(known, "reply_time") == [HOUR_MS]
    assert ticket(known)["replies"] == 1


def test_groove_closing_under_two_names_is_one_event() -> None:
    by_one_name, by_the_other = told("groove", "closed"), told("groove", "closed_told_again")
    assert appended("groove", by_one_name) == appended("groove", by_the_other)
    known = in_every_order("groove", [told("groove", "started"), by_one_name, by_the_other])
    assert values(known, "resolved_events") == [1]


def test_kustomer_reopened_and_done_again_has_two_cycles() -> None:
    opened = told("kustomer", "created_by_customer", id="e-1")
    done = told("kustomer", "done", id="e-2", createdAt="2026-03-02T10:00:00Z")
    back = told("kustomer", "reopened_by_customer", id="e-3", createdAt="2026-03-02T10:10:00Z")
    again = told("kustomer", "done", id="e-4", createdAt="2026-03-02T10:20:00Z")
    known = in_every_order("kustomer", [opened, done, back, again])
    assert values(known, "resolved_events") == [1, 1]
    assert values(known, "reopened") == [600_000]


def test_chatwoot_conversation_that_an_agent_begins_has_no_first_response() -> None:
    known = in_every_order("chatwoot", [told("chatwoot", "created_by_agent"), told("chatwoot", "reply_by_agent")])
    assert values(known, "frt_human") == []
    assert values(known, "tickets_opened") == [1]


def test_chatwoot_first_message_stands_for_a_missed_notice_of_its_conversation() -> None:
    known = in_every_order("chatwoot", [told("chatwoot", "first_message"), told("chatwoot", "reply_by_agent", id=4022)])
    assert values(known, "frt_human") == [1_800_250]
    assert values(known, "adopted") == []
