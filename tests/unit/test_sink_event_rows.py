"""Events, letters and what is no row."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from events import codec
from events.derived import SCHEMA, Fact, Facts, FactsRecord, Leaf, Minute
from events.metrics import METRICS
from sinks import rows
from sinks.faults import NewerRecordError
from sinks.rows.build import BadRow
from tests.row_examples import VERSION, built, event, known, record

# ticket-events


def test_a_ticket_event_becomes_a_row_at_its_place_in_the_log() -> None:
    raw = event(
        "ticket.opened.v1",
        {"channel": "chat", "customer": "tok", "team": "t", "priority": "high", "tags": ["vip"]},
        vendor="zendesk",
    )
    made = built(record("ticket-events", raw))
    assert list(made) == ["ticket_events"]
    row = made["ticket_events"][0]
    assert row | {"data": json.loads(row["data"])} == {
        "account": "acme",
        "source": "zendesk",
        "event_id": "e1",
        "event_type": "deskpulse.ticket.opened.v1",
        "event_time": 1_741_082_880_124,
        "vendor": "zendesk",
        "ticket_id": "1001",
        "customer": "tok",
        "actor": "customer",
        "agent_id": "",
        "team": "t",
        "channel": "chat",
        "priority": "high",
        "tags": ("vip",),
        "data": {"channel": "chat", "customer": "tok", "team": "t", "priority": "high", "tags": ["vip"]},
        "src_partition": 2,
        "version": VERSION,
    }


def test_what_an_update_left_out_is_empty() -> None:
    row = built(record("ticket-events", event("ticket.updated.v1", {"status": "solved"})))["ticket_events"][0]
    assert (row["team"], row["channel"], row["priority"], row["tags"], row["actor"]) == ("", "", "", (), "agent")


def test_an_order_is_an_event_and_an_order() -> None:
    raw = event(
        "order.refunded.v1", {"amount": "-12.5", "currency": "EUR", "customer": "tok"}, source="/acme/shop", subject="o-9"
    )
    made = built(record("ticket-events", raw))
    assert made["ticket_events"][0]["ticket_id"] == "o-9"
    assert made["orders"] == [
        {
            "account": "acme",
            "source": "shop",
            "order_id": "o-9",
            "event_id": "e1",
            "version": VERSION,
            "kind": "refunded",
            "at": 1_741_082_880_124,
            "customer": "tok",
            "amount": Decimal("-12.5"),
            "currency": "EUR",
        }
    ]
    placed = event("order.placed.v1", {"amount": "1", "currency": "EUR"}, source="/acme/shop")
    assert built(record("ticket-events", placed))["orders"][0]["kind"] == "placed"


def test_settings_go_to_their_own_table_alone() -> None:
    made = built(record("ticket-events", event("account.configured.v1", {"zone": "Europe/Berlin"}, subject="acme")))
    assert list(made) == ["account_settings"]
    assert json.loads(made["account_settings"][0]["settings"])["zone"] == "Europe/Berlin"
    assert made["account_settings"][0]["version"] == VERSION


def test_from_a_request_to_be_forgotten_on_nothing_names_the_customer() -> None:
    state = known()
    asked = event("customer.forgotten.v1", {"customer": "tok"}, source="/acme/privacy")
    made = built(record("ticket-events", asked), state)
    assert made == {"forgotten": [{"account": "acme", "customer": "tok", "version": VERSION}]}
    again = event("ticket.opened.v1", {"channel": "chat", "customer": "tok"})
    row = built(record("ticket-events", again), state)["ticket_events"][0]
    assert (row["customer"], row["data"]) == ("", "")
    order = event("order.placed.v1", {"amount": "1", "currency": "EUR", "customer": "tok"})
    assert [of[0]["customer"] for of in built(record("ticket-events", order), state).values()] == ["", ""]


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"{}",
        event("ticket.unheard_of.v1", {}),
        event("clock.tick.v1", {}, source="/-/clock", subject="-"),
        event("directory.updated.v1", {"kind": "agent", "id": "7", "name": "Ana"}, subject="7"),
        event("ticket.opened.v1", {"channel": "chat"}, source="nowhere"),
    ],
    ids=["not json", "no event", "unknown type", "tick", "name", "no source of ours"],
)
def test_ticks_and_what_the_fold_rejects_give_no_row(raw: bytes) -> None:
    assert built(record("ticket-events", raw)) == {}


# dead letters


def test_a_letters_headers_become_its_row_and_its_bytes_stay_in_kafka() -> None:
    headers = {
        "stage": "fold",
        "reason": "future",
        "error": "time: too far ahead",
        "account": "acme",
        "source": "zendesk",
        "letter_id": "uuid/2/17",
        "at": "1741082880000",
        "src_topic": "ticket-events",
        "src_partition": "2",
        "src_offset": "17",
    }
    assert built(record("dead-letters", b"\xffraw", headers=headers))["dead_letters"] == [
        {
            "stage": "fold",
            "letter_id": "uuid/2/17",
            "version": VERSION,
            "account": "acme",
            "source": "zendesk",
            "reason": "future",
            "error": "time: too far ahead",
            "size": 4,
            "at": 1_741_082_880_000,
            "src_topic": "ticket-events",
            "src_partition": 2,
            "src_offset": 17,
            "dl_partition": 2,
            "dl_offset": 7,
        }
    ]


@pytest.mark.parametrize(
    "headers", [{}, {"src_offset": "x", "at": "9" * 30, "src_partition": "70000"}], ids=["no headers", "broken headers"]
)
def test_any_letter_gives_a_row(headers: dict[str, str]) -> None:
    row = built(record("dead-letters", b"", headers=headers))["dead_letters"][0]
    assert (row["letter_id"], row["at"], row["src_partition"], row["src_offset"]) == ("2/7", 1_741_000_000_000, 0, 0)


# what cannot be built


@pytest.mark.parametrize("topic", ["tickets", "facts", "metric-windows", "alerts"])
@pytest.mark.parametrize("raw", [b"", b"\xc1", b"\x91\x01", b"\x94\x01\x01\x01\x01", b'{"type":1}', b"\xff\xfe"], ids=repr)
def test_broken_bytes_are_a_bad_row_and_never_an_exception(topic: str, raw: bytes) -> None:
    assert isinstance(rows.build(record(topic, raw, headers={"version": "1"}), known()), BadRow)


def test_why_a_row_is_bad_repeats_no_value() -> None:
    secret = ["SECRET"] * 20
    found = rows.build(record("tickets", [1, *secret]), known())
    assert isinstance(found, BadRow)
    assert "SECRET" not in found.error


@pytest.mark.parametrize("topic", ["tickets", "facts", "metric-windows"])
def test_a_record_of_a_newer_release_stops_the_sink_whatever_its_shape(topic: str) -> None:
    with pytest.raises(NewerRecordError, match="Upgrade the sink"):
        rows.build(record(topic, [SCHEMA + 1, {"another": "shape"}]), known())


def test_a_metric_of_a_newer_release_stops_the_sink() -> None:
    unknown = Fact(len(METRICS), 0, 1, 0, 0, "", "", "", "")
    nothing = Facts(None, None, "", "", "", (), ())
    said = Facts(None, None, "", "", "", (), (unknown,))
    with pytest.raises(NewerRecordError):
        rows.build(record("facts", FactsRecord(SCHEMA, 1, "a", "s", "t", said, nothing)), known())
    with pytest.raises(NewerRecordError):
        rows.build(record("metric-windows", Minute(SCHEMA, 1, "a", 1, [Leaf("chat", "", {len(METRICS): [1, 1, 0, 0]})])), known())


def test_every_topic_of_the_sink_has_a_builder() -> None:
    from sinks.settings import TOPICS

    assert set(TOPICS) == set(rows.TOPICS)


def test_the_codec_reads_what_these_examples_are_made_of() -> None:
    assert codec.decode(event("ticket.opened.v1", {"channel": "chat"})).__class__.__name__ == "TicketOpened"
