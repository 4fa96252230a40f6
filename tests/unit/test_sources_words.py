"""What `deskpulse sources test` says: one line for every type of event, and for every reason of a refusal."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from deskpulse.sources.remedies import REMEDIES, remedy
from deskpulse.sources.spans import span
from deskpulse.sources.words import Ticket, told
from events.codec import decode
from events.rejected import Reason, Rejected
from events.wire import Event

_REPLIED_MS = 1_772_445_599_001
_TICKET = Ticket("email", is_customer_known=True, first_replied_ms=_REPLIED_MS, first_response_ms=254_000)

SAID: list[tuple[str, dict[str, Any], str]] = [
    (
        "ticket.opened.v1",
        {"channel": "email", "customer": "4f", "priority": "high", "tags": ["vip", "returns"]},
        "ticket 88214: opened by the customer; channel email; customer known; priority high; tags vip, returns",
    ),
    (
        "ticket.opened.v1",
        {"channel": "chat", "direction": "out", "actor": "agent", "agent": "7"},
        "ticket 88214: opened by an agent, by a message that went out; channel chat; customer unknown; agent 7",
    ),
    ("ticket.replied.v1", {"actor": "agent", "agent": "7"}, "ticket 88214: an agent replied publicly; agent 7"),
    ("ticket.replied.v1", {"actor": "customer", "customer": "4f"}, "ticket 88214: the customer wrote; customer known"),
    ("ticket.replied.v1", {"actor": "bot"}, "ticket 88214: a bot replied"),
    ("ticket.replied.v1", {"actor": "system"}, "ticket 88214: the helpdesk sent a message of its own"),
    ("ticket.replied.v1", {"actor": "agent", "public": False}, "ticket 88214: an agent left an internal note"),
    ("ticket.resolved.v1", {"agent": "7"}, "ticket 88214: resolved by an agent; agent 7; status solved"),
    ("ticket.reopened.v1", {}, "ticket 88214: reopened by the customer; status open"),
    ("ticket.abandoned.v1", {"reason": "left"}, "ticket 88214: abandoned by the customer; reason left"),
    (
        "ticket.surveyed.v2",
        {"rating": 4, "scale_min": 1, "scale_max": 5},
        "ticket 88214: rated 4 on a scale from 1 to 5",
    ),
    (
        "ticket.surveyed.v2",
        {"rating": 9, "scale_min": 0, "scale_max": 10, "kind": "nps", "customer": "4f"},
        "ticket 88214: rated 9 on a scale from 0 to 10 for recommending; customer known",
    ),
    (
        "ticket.updated.v1",
        {"status": "pending", "team": "", "tags": ["vip"]},
        "ticket 88214: changed by an agent; status pending; no team any more; tags vip",
    ),
    ("ticket.updated.v1", {}, "ticket 88214: changed by an agent; nothing that a number depends on"),
    ("ticket.merged.v1", {"into": "88000"}, "ticket 88214: merged into ticket 88000"),
    ("ticket.removed.v1", {"reason": "spam"}, "ticket 88214: removed as spam"),
    ("ticket.removed.v1", {}, "ticket 88214: deleted"),
    ("ticket.handled.v1", {"talk_ms": 95_000, "agent": "7"}, "ticket 88214: handled; talk 1 min 35 s; agent 7"),
    ("order.placed.v1", {"amount": "120.00", "currency": "EUR", "customer": "4f"}, "order 88214: placed for 120.00 EUR; customer known"),
    ("order.refunded.v1", {"amount": "20", "currency": "EUR"}, "order 88214: 20 EUR refunded; customer unknown"),
    ("account.configured.v1", {"zone": "Europe/Berlin"}, "settings of the account; zone Europe/Berlin"),
    ("customer.forgotten.v1", {"customer": "4f"}, "a customer is to be forgotten"),
    ("directory.updated.v1", {"kind": "agent", "id": "7", "name": "Ana"}, "agent 7 is called Ana"),
    ("directory.updated.v1", {"kind": "agent", "id": "7", "name": ""}, "agent 7 has no name"),
    ("clock.tick.v1", {}, "time passed"),
]  # fmt: skip


def _event(kind: str, data: dict[str, Any], time: str = "2026-03-02T09:59:59.001Z") -> Event:
    event = decode(
        json.dumps(
            {
                "specversion": "1.0",
                "id": "e-1",
                "source": "/acme/desk",
                "subject": "88214",
                "time": time,
                "type": f"deskpulse.{kind}",
                "data": data,
            }
        ).encode()
    )
    assert not isinstance(event, Rejected), event
    return event


@pytest.mark.parametrize(("kind", "data", "line"), SAID)
def test_every_event_is_told_in_one_line(kind: str, data: dict[str, Any], line: str) -> None:
    assert told(_event(kind, data)) == line


def test_no_type_of_event_is_left_out() -> None:
    assert {type(_event(kind, data)) for kind, data, _ in SAID} == set(get_args(Event))


def test_with_the_ticket_known_a_first_reply_tells_how_long_it_took() -> None:
    reply = _event("ticket.replied.v1", {"actor": "agent"})
    assert told(reply, _TICKET) == (
        "ticket 88214: an agent replied publicly, first response of 4 min 14 s; channel email; customer known"
    )


def test_a_reply_between_two_milliseconds_is_the_one_that_the_fold_rounded() -> None:
    reply = _event("ticket.replied.v1", {"actor": "agent"}, "2026-03-02T09:59:59.0006Z")
    assert "first response of 4 min 14 s" in told(reply, _TICKET)


@pytest.mark.parametrize(
    ("data", "ticket"),
    [
        ({"actor": "agent"}, Ticket("email", True, _REPLIED_MS - 1, 254_000)),
        ({"actor": "agent"}, Ticket("email", True, None, None)),
        ({"actor": "customer"}, _TICKET),
        ({"actor": "agent", "public": False}, _TICKET),
    ],
    ids=["a later reply", "no first reply", "the customer's own", "a note"],
)
def test_what_is_no_first_response_is_not_called_one(data: dict[str, Any], ticket: Ticket) -> None:
    said = told(_event("ticket.replied.v1", data), ticket)
    assert "first response" not in said
    assert said.endswith("; channel email; customer known")


def test_what_others_sent_cannot_steer_the_terminal() -> None:
    said = told(_event("ticket.opened.v1", {"channel": "\x1b[2Jemail\n"}))
    assert said == "ticket 88214: opened by the customer; channel \ufffd[2Jemail\ufffd; customer unknown"


def test_every_reason_has_something_to_do() -> None:
    assert set(REMEDIES) == set(Reason)
    assert remedy("future") == REMEDIES[Reason.FUTURE]
    assert "dead-letters show" in remedy("a reason of a newer release")


@pytest.mark.parametrize(
    ("length_ms", "said"),
    [
        (-5, "0 s"),
        (1_849, "1.8 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (254_000, "4 min 14 s"),
        (3_599_999, "59 min 59 s"),
        (12_000_000, "3 h 20 min"),
        (172_799_999, "47 h 59 min"),
        (432_000_000, "5 d"),
    ],
)
def test_spans_have_at_most_two_units(length_ms: int, said: str) -> None:
    assert span(length_ms) == said
