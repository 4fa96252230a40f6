"""A ticket's opening, told by a later delivery: for where the vendor's own notice of it was missed. Pure.

A first response counted from an opening whose answer nobody saw would be days long and wrong. So an opening is recalled whole only
with proof from the payload that nobody answered before; without it, when the ticket was opened is known, and what followed is not.
"""

from __future__ import annotations

from typing import get_args

from msgspec.structs import replace

from events.wire import Actor, Direction, Event, Opened, TicketEvent, TicketMerged, TicketOpened, TicketRemoved
from ingest import times
from ingest.adapters.canonical import MOST_OF_AN_ID, UNKNOWN, Head
from ingest.delivery import Adapted

_GOES_ON = tuple(kind for kind in get_args(TicketEvent) if kind not in (TicketMerged, TicketRemoved))
"""Types after which something is still counted of a ticket."""
AT_MOST_MS = 30 * 24 * 3_600_000
"""How far back; the fold takes nothing older than 45 days before an account's clock."""


def recalled(
    envelope: Head, opened_at_ms: int | None, channel: str, *, customer: str = "", direction: Direction = "in"
) -> list[Event]:
    """One event or none, if nobody answered before. It says only what does not change: every delivery of a ticket tells the same."""
    return _opening(envelope, opened_at_ms, Opened(channel, direction, customer=customer), "recalled")


def missed(
    adapted: Adapted,
    opened_at_ms: int | None,
    channel: str,
    *,
    customer: str = "",
    direction: Direction = "in",
    has_channels: bool = True,
) -> Adapted:
    """Before the events of a ticket its opening, unless they tell it: known, but not what happened between.

    Left out where the channel is unknown, since another delivery may know it; `has_channels` is false if none ever does.
    """
    if has_channels and channel == UNKNOWN:
        return adapted
    if not isinstance(adapted, list) or any(isinstance(event, TicketOpened) for event in adapted):
        return adapted
    first = next((event for event in adapted if isinstance(event, _GOES_ON)), None)
    if first is None:
        return adapted
    envelope: Head = {
        "specversion": "1.0",
        "id": first.id,
        "source": first.source,
        "subject": first.subject,
        "time": first.time,
        "vendor": first.vendor,
    }
    opened = Opened(channel, direction, customer=customer, missed=True)
    return [*_opening(envelope, opened_at_ms, opened, "missed"), *adapted]


def _opening(envelope: Head, opened_at_ms: int | None, opened: Opened, how: str) -> list[Event]:
    told_at_ms = times.instant_ms(envelope["time"])
    if opened_at_ms is None or told_at_ms is None or not 0 <= told_at_ms - opened_at_ms <= AT_MOST_MS:
        return []
    event_id = f"opened:{envelope['subject']}:{how}"
    if len(event_id) > MOST_OF_AN_ID:
        return []
    actor: Actor = "agent" if opened.direction == "out" else "customer"
    back: Head = {**envelope, "id": event_id, "time": times.canonical(opened_at_ms)}
    return [TicketOpened(**back, data=replace(opened, actor=actor))]
