"""A ticket is written by position: what an older release wrote must stay readable."""

from __future__ import annotations

import msgspec

from streams.tickets.ticket import Ticket, pack, unpack

ADDED = ("lapses_at", "gap", "first_terms", "turn_terms")
"""After the first layout, in the order in which they came."""


def test_fields_that_came_later_are_last_and_have_defaults() -> None:
    t = Ticket(
        schema=1, version=7, account="acme", source="shop", ticket="1", whole=True, began=True, asked=True, turn=2, cycle=3
    )
    older = msgspec.msgpack.decode(pack(t))[: -len(ADDED)]
    assert Ticket.__struct_fields__[-len(ADDED) :] == ADDED
    assert unpack(msgspec.msgpack.encode(older)) == t
