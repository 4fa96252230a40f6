"""What the numbers must be, counted by hand from what the gateway accepted. Pure; shares no code with the fold."""

from __future__ import annotations

from collections.abc import Iterable

from deskpulse.demo.happenings import Happening


def first_replies(accepted: Iterable[Happening]) -> dict[tuple[str, str], tuple[int, int]]:
    """By account and channel: how many tickets an agent answered, and the sum of the waits until then in ms."""
    first: dict[tuple[str, int], Happening] = {}
    for one in accepted:
        key = (one.ticket.account, one.ticket.number)
        if one.kind == "answered" and (key not in first or one.step < first[key].step):
            first[key] = one
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for one in first.values():
        place = (one.ticket.account, one.ticket.channel)
        count, total = totals.get(place, (0, 0))
        totals[place] = (count + 1, total + one.at_ms - one.ticket.opened_ms)
    return totals
