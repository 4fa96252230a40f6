"""Closed tickets at rest: smaller, and the same again."""

from __future__ import annotations

import os
from uuid import UUID

import msgspec

from streams.tickets.press import Press
from streams.tickets.shelf import Shelf
from streams.tickets.ticket import Ticket, pack


def _packed(number: int) -> bytes:
    row = ["shop-0001", "zendesk", f"{100_000 + number}", "resolved", "first-line", f"agent-{number % 12}", "normal"]
    return msgspec.msgpack.encode([*row * 8, os.urandom(16), number])


def test_what_was_pressed_at_any_time_reads_the_same_at_any_later_time() -> None:
    press = Press()
    packed = [_packed(number) for number in range(1_000)]
    kept = [press.press(each) for each in packed]
    assert [press.unpress(each) for each in kept] == packed
    assert len(kept[-1]) < len(packed[-1]) / 3, "learnt nothing"
    assert [press.unpress(press.press(each)) for each in kept] == packed, "twice"


def test_tickets_too_much_alike_to_learn_from_are_pressed_all_the_same() -> None:
    press = Press()
    packed = [msgspec.msgpack.encode([1] * 40)] * 1_000
    kept = [press.press(each) for each in packed]
    assert [press.unpress(each) for each in kept] == packed


def test_tickets_named_by_uuids_are_taken_up_pressed() -> None:
    press = Press()
    tickets = [
        Ticket(schema=1, version=1, account="acme", source="shop", ticket=str(UUID(int=number)), status="resolved", updated_at=1)
        for number in range(1_000)
    ]
    kept = {f"shop/{t.ticket}": press.press(pack(t)) for t in tickets}
    shelf = Shelf("acme", press)
    assert [row.ticket for _, row in shelf.restore(kept)] == [t.ticket for t in tickets]
    assert [shelf.written(key) for key in kept] == tickets
