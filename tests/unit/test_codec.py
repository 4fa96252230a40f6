"""The codec by example: what comes back, and what a rejection tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from events import codec, upcast, wire
from events.depth import MAX_DEPTH, is_too_deep
from events.rejected import Reason, Rejected


def message(**changes: Any) -> dict[str, Any]:
    whole = {
        "specversion": "1.0",
        "type": "deskpulse.ticket.replied.v1",
        "id": "evt-1",
        "source": "/acme/zendesk",
        "subject": "35436",
        "time": "2025-03-04T09:40:00.250Z",
        "data": {"actor": "agent"},
    }
    return whole | changes


def decoded(**changes: Any) -> wire.Event | Rejected:
    return codec.decode(json.dumps(message(**changes)).encode())


def rejected(**changes: Any) -> Rejected:
    answer = decoded(**changes)
    assert isinstance(answer, Rejected)
    return answer


def test_an_event_is_decoded_with_its_defaults() -> None:
    assert decoded() == wire.TicketReplied(
        specversion="1.0",
        id="evt-1",
        source="/acme/zendesk",
        subject="35436",
        time=datetime(2025, 3, 4, 9, 40, 0, 250_000, tzinfo=UTC),
        data=wire.Replied(actor="agent", public=True),
    )


def test_fields_that_are_not_in_the_schema_are_ignored() -> None:
    data = {"actor": "agent", "mood": "good"}
    assert decoded(traceparent="00-0af7", data=data) == decoded()


def test_an_event_is_encoded_compactly_and_without_its_defaults() -> None:
    event = decoded()
    assert not isinstance(event, Rejected)
    assert codec.encode(event) == (
        b'{"type":"deskpulse.ticket.replied.v1","specversion":"1.0","id":"evt-1","source":"/acme/zendesk",'
        b'"subject":"35436","time":"2025-03-04T09:40:00.250000Z","data":{"actor":"agent"}}'
    )


@pytest.mark.parametrize(
    ("raw", "reason", "error"),
    [
        (b"", Reason.NOT_JSON, "not JSON at line 1, column 1"),
        (b'{"a":\n x}', Reason.NOT_JSON, "not JSON at line 2, column 2"),
        (b'"\xff"', Reason.NOT_JSON, "not UTF-8 at byte 1"),
        (b'{"a": NaN}', Reason.NOT_JSON, "NaN and Infinity are not JSON"),
        (b'{"a": "\\ud800"}', Reason.NOT_JSON, "text with half a surrogate pair"),
        (b"[]", Reason.NOT_AN_EVENT, "$: expected an object, a CloudEvent 1.0 in structured JSON"),
        (b"{}", Reason.NOT_AN_EVENT, "$.type: expected text, as deskpulse.ticket.opened.v1"),
        (b'{"type": 5}', Reason.NOT_AN_EVENT, "$.type: expected text, as deskpulse.ticket.opened.v1"),
        (
            b'{"type": "order"}',
            Reason.UNKNOWN_TYPE,
            "$.type: expected one of the types in schemas/, as deskpulse.ticket.opened.v1",
        ),
        (b'{"type": "deskpulse.ticket.opened.v3"}', Reason.UNKNOWN_VERSION, "$.type: expected deskpulse.ticket.opened.v1"),
        (
            b'{"type": "deskpulse.ticket.surveyed.v3"}',
            Reason.UNKNOWN_VERSION,
            "$.type: expected deskpulse.ticket.surveyed.v1 or deskpulse.ticket.surveyed.v2",
        ),
        (b"[" * (MAX_DEPTH * 2 + 1), Reason.TOO_DEEP, "nested deeper than 192 levels; an event needs 5"),
        (b" " * (codec.MAX_BYTES + 1), Reason.TOO_LARGE, "an event has at most 65536 bytes"),
    ],
)
def test_what_is_no_event_is_told_by_reason_and_place(raw: bytes, reason: Reason, error: str) -> None:
    assert codec.decode(raw) == Rejected(raw, reason, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id": 5}, "$.id: expected text"),
        ({"id": ""}, "$.id: expected at least 1 characters"),
        ({"specversion": "0.3"}, "$.specversion: expected '1.0'"),
        ({"time": "2025-03-04"}, "$.time: expected an RFC 3339 date and time with its zone, as 2025-03-04T09:40:00Z"),
        ({"data": []}, "$.data: expected an object"),
        ({"data": {}}, "$.data.actor: required, and missing"),
        ({"data": {"actor": "robot"}}, "$.data.actor: expected 'customer', 'agent', 'bot' or 'system'"),
        ({"data": {"actor": "bot", "public": 0}}, "$.data.public: expected true or false"),
        ({"data": {"actor": "bot", "sequence": 1.0}}, "$.data.sequence: expected an integer"),
        ({"data": {"actor": "bot", "sequence": 10**4000}}, "$.data.sequence: expected at most 4611686018427387904"),
        (
            {"data": {"actor": "bot", "sequence": -1, "team": None}},
            "$.data.sequence: expected at least 0; $.data.team: expected text",
        ),
    ],
)
def test_each_fault_is_told_with_its_path_and_what_was_expected(changes: dict[str, Any], error: str) -> None:
    answer = rejected(**changes)
    assert (answer.reason, answer.error) == (Reason.INVALID, error)


def test_a_rejection_says_whose_it_is_where_that_can_be_read() -> None:
    answer = rejected(id=5)
    assert (answer.account, answer.source) == ("acme", "zendesk")
    nobodys = rejected(id=5, source="acme")
    assert (nobodys.account, nobodys.source) == ("", "")


def test_names_that_the_sender_chose_are_not_repeated() -> None:
    data = {"channel_classes": {"jane@example.org": "instant"}}
    answer = rejected(type="deskpulse.account.configured.v1", data=data)
    assert answer.error == "$.data.channel_classes.*: expected 'realtime', 'social' or 'email'"


def test_of_many_faults_ten_are_told() -> None:
    answer = rejected(type="deskpulse.ticket.opened.v1", data={"channel": "chat", "tags": [0] * 12})
    assert answer.error.startswith("$.data.tags[0]: expected text; ")
    assert answer.error.endswith("$.data.tags[9]: expected text; and 2 more")


def test_a_name_that_appears_twice_is_the_fault_where_only_one_of_the_two_fits() -> None:
    raw = b'{"id": 5, ' + json.dumps(message()).encode()[1:]
    answer = codec.decode(raw)
    assert isinstance(answer, Rejected)
    assert (answer.reason, answer.error) == (Reason.INVALID, "$: a name appears twice in one object")


@pytest.mark.parametrize(
    ("rating", "scale", "error"),
    [
        (6, (1, 5), "$.data: expected a rating between scale_min and scale_max"),
        (0, (1, 5), "$.data: expected a rating between scale_min and scale_max"),
        (1, (1, 1), "$.data: expected scale_min below scale_max"),
    ],
)
def test_a_rating_lies_within_its_scale(rating: int, scale: tuple[int, int], error: str) -> None:
    data = {"rating": rating, "scale_min": scale[0], "scale_max": scale[1]}
    assert rejected(type="deskpulse.ticket.surveyed.v2", data=data).error == error


@pytest.mark.parametrize("amount", ["1\n", "٣", "1,5", "1.23456", ""])
def test_an_amount_is_a_plain_decimal_and_nothing_after_it(amount: str) -> None:
    answer = rejected(type="deskpulse.order.placed.v1", data={"amount": amount, "currency": "EUR"})
    assert answer.error.startswith("$.data.amount: expected text that matches ")


def test_stars_of_version_one_become_a_rating_on_a_scale() -> None:
    data = {"rating": 4, "survey": "after-chat", "customer": "c1", "sequence": 2, "kind": "csat"}
    older = decoded(type="deskpulse.ticket.surveyed.v1", data=data, vendor="zendesk")
    newer = decoded(type="deskpulse.ticket.surveyed.v2", data={**data, "scale_min": 1, "scale_max": 5}, vendor="zendesk")
    assert isinstance(older, wire.TicketSurveyed)
    assert older == newer


def test_a_scale_in_version_one_is_a_field_unknown_to_it() -> None:
    answer = decoded(type="deskpulse.ticket.surveyed.v1", data={"rating": 4, "scale_max": 10})
    assert isinstance(answer, wire.TicketSurveyed)
    assert answer.data.scale_max == 5


def test_an_invalid_older_event_is_explained_by_its_own_version() -> None:
    answer = rejected(type="deskpulse.ticket.surveyed.v1", data={"rating": 6})
    assert (answer.reason, answer.error) == (Reason.INVALID, "$.data.rating: expected 1, 2, 3, 4 or 5")


@pytest.mark.parametrize(
    "raw", [json.dumps(message()).encode(), b"{}", b"[", b"\xff", b'{"type": "deskpulse.ticket.surveyed.v1"}']
)
def test_what_is_not_a_valid_older_version_is_not_upcast(raw: bytes) -> None:
    assert upcast.to_current(raw) is None


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("/acme/zendesk", ("acme", "zendesk")),
        ("/a/b-2_c", ("a", "b-2_c")),
        (f"/{'a' * 63}/b", ("a" * 63, "b")),
        (f"/{'a' * 64}/b", None),
        ("/-/clock", None),
        ("/Acme/zendesk", None),
        ("/acme", None),
        ("/acme/zendesk/", None),
        ("/acme/zendesk\n", None),
        ("", None),
    ],
)
def test_a_source_is_an_account_and_a_name_in_it(source: str, parts: tuple[str, str] | None) -> None:
    assert codec.split_source(source) == parts


def test_brackets_within_text_are_no_depth() -> None:
    assert not is_too_deep(json.dumps({"a": '[\\"{' * 500}).encode())


def test_many_flat_lists_are_no_depth() -> None:
    assert not is_too_deep(b"[" + b"[]," * 500 + b"[]]")
    assert is_too_deep(b'"\\"[" ,' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_the_deepest_level_that_is_allowed_is_allowed() -> None:
    # One flat list more than there are levels, so that counting brackets does not decide.
    assert not is_too_deep(b"[[]," + b"[" * (MAX_DEPTH - 1) + b"]" * MAX_DEPTH)
    assert is_too_deep(b"[[]," + b"[" * MAX_DEPTH + b"]" * (MAX_DEPTH + 1))
