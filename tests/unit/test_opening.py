"""An opening that a later delivery tells of."""

from __future__ import annotations

from events.wire import TicketOpened
from ingest.adapters.canonical import head
from ingest.adapters.opening import AT_MOST_MS, recalled
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
