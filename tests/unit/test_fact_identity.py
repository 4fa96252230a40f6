"""A fact's identity: all but sign and version, and the same for ever."""

from __future__ import annotations

import msgspec
import pytest

from events.derived import Fact, Facts
from events.identity import identify

FACT = Fact(
    metric=5, ordinal=0, value=180_000, at=1_741_082_880_000, hour=483_634, channel="chat", team="tier1", agent="a7", priority=""
)
SAID = Facts(
    opened_at=1_741_082_700_000, opened_hour=483_634, brand="b", language="de", tier="gold", tags=("refund", "vip"), facts=(FACT,)
)


def test_ids_of_today_stand_still() -> None:
    """If this fails because a field was appended: hash it only where it differs from its default, or nothing old can be retracted."""
    assert identify("acme", "zendesk", "1001", SAID)(FACT) == 8375295176442263327
    plain = Facts(None, None, "", "", "", (), ())
    assert identify("a", "b", "c", plain)(Fact(0, 0, 1, 0, 0, "", "", "", "")) == 13574798431721934877


def test_ids_fit_into_a_uint64() -> None:
    assert all(0 <= identify("acme", "zendesk", str(n), SAID)(FACT) < 2**64 for n in range(200))


@pytest.mark.parametrize(
    "changed",
    [
        {"metric": 6},
        {"ordinal": 1},
        {"value": 180_001},
        {"at": 1_741_082_880_001},
        {"hour": 483_635},
        {"channel": "email"},
        {"team": ""},
        {"agent": "a8"},
        {"priority": "high"},
        {"met": 0},
        {"level": 3},
        {"business_ms": 0},
    ],
    ids=str,
)
def test_a_fact_that_differs_in_anything_is_another_fact(changed: dict[str, object]) -> None:
    of = identify("acme", "zendesk", "1001", SAID)
    assert of(msgspec.structs.replace(FACT, **changed)) != of(FACT)


@pytest.mark.parametrize(
    "changed",
    [
        {"opened_at": None},
        {"opened_hour": None},
        {"brand": ""},
        {"language": ""},
        {"tier": ""},
        {"tags": ("vip", "refund")},
        {"tags": ()},
    ],
    ids=str,
)
def test_what_is_said_of_the_ticket_belongs_to_the_fact(changed: dict[str, object]) -> None:
    other = msgspec.structs.replace(SAID, **changed)
    assert identify("acme", "zendesk", "1001", other)(FACT) != identify("acme", "zendesk", "1001", SAID)(FACT)


def test_the_same_numbers_under_another_ticket_source_or_account_are_another_fact() -> None:
    ids = {
        identify(account, source, ticket, SAID)(FACT)
        for account, source, ticket in [
            ("acme", "zendesk", "1001"),
            ("acme", "zendesk", "1002"),
            ("acme", "shop", "1001"),
            ("bolt", "zendesk", "1001"),
            ("acmez", "endesk", "1001"),
        ]
    }
    assert len(ids) == 5
