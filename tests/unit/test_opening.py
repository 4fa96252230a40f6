"""An opening that a later delivery tells of."""

from __future__ import annotations

from events.wire import Event, Merged, Opened, Replied, TicketMerged, TicketOpened, TicketReplied
from ingest.adapters.canonical import Head, head
from ingest.adapters.opening import AT_MOST_MS, missed, recalled
from ingest.delivery import NotForUs
from ingest.times import instant_ms
from tests.doors import NOW_MS, delivery

ENVELOPE = head(delivery(b"{}"), "replied:7:1", "7", NOW_MS)


def test_it_stands_at_its_own_time_under_an_id_of_its_ticket() -> None:
    [opened] = recalled(ENVELOPE, NOW_MS - 5000, "chat", customer="token")
    assert isinstance(opened, TicketOpened)
    assert (opened.id, opened.subject, instant_ms(opened.time)) == ("opened:7:recalled", "7", NOW_MS - 5000)
    assert (opened.data.channel, opened.data.direction, opened.data.actor, opened.data.customer) == (
        "chat",
        "in",
        "customer",
        "token",
    )


def test_whatever_recalls_it_tells_the_same() -> None:
    later = head(delivery(b"{}"), "replied:7:2", "7", NOW_MS + 60_000)
    assert recalled(ENVELOPE, NOW_MS - 5000, "chat") == recalled(later, NOW_MS - 5000, "chat")


def test_an_agents_is_an_agents() -> None:
    [opened] = recalled(ENVELOPE, NOW_MS, "email", direction="out")
    assert isinstance(opened, TicketOpened)
    assert (opened.data.direction, opened.data.actor) == ("out", "agent")


def test_what_is_unknown_ahead_or_too_far_back_is_none() -> None:
    assert recalled(ENVELOPE, None, "chat") == []
    assert recalled(ENVELOPE, NOW_MS + 1, "chat") == []
    assert recalled(ENVELOPE, NOW_MS - AT_MOST_MS - 1, "chat") == []
    assert len(recalled(ENVELOPE, NOW_MS - AT_MOST_MS, "chat")) == 1


REPLY = TicketReplied(**ENVELOPE, data=Replied("agent"))


def test_without_proof_it_is_known_before_what_was_seen_and_says_that_something_was_missed() -> None:
    adapted = missed([REPLY], NOW_MS - 5000, "chat", customer="token")
    assert isinstance(adapted, list)
    opened, *events = adapted
    assert isinstance(opened, TicketOpened)
    assert (opened.id, opened.subject, instant_ms(opened.time)) == ("opened:7:missed", "7", NOW_MS - 5000)
    assert opened.data == Opened("chat", customer="token", missed=True)
    assert events == [REPLY]


def test_what_tells_its_opening_leaves_or_is_nothing_is_left_as_it_is() -> None:
    proven = recalled(ENVELOPE, NOW_MS - 5000, "chat")
    gone: list[Event] = [TicketMerged(**ENVELOPE, data=Merged("8"))]
    ignored = NotForUs("a note")
    assert missed([*proven, REPLY], NOW_MS - 5000, "chat") == [*proven, REPLY]
    assert missed(gone, NOW_MS - 5000, "chat") == gone
    assert missed(ignored, NOW_MS - 5000, "chat") is ignored
    assert missed([REPLY], None, "chat") == [REPLY]


def test_it_never_makes_a_delivery_fail() -> None:
    envelope: Head = {**ENVELOPE, "subject": "7" * 256}
    long = TicketReplied(**envelope, data=Replied("agent"))
    assert missed([long], NOW_MS - 5000, "chat") == [long]
