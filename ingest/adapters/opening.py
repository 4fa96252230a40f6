"""A ticket's opening, told by a later delivery: for where the vendor's own notice of it was missed. Pure.

Whoever calls this has proof from the payload that nobody answered before. A first response counted from an opening whose answer
nobody saw would be days long and wrong, so without proof a ticket stays one whose beginning is unknown.
"""

from __future__ import annotations

from events.wire import Actor, Direction, Event, Opened, TicketOpened
from ingest import times
from ingest.adapters.canonical import Head

AT_MOST_MS = 30 * 24 * 3_600_000
"""How far back; the fold takes nothing older than 45 days before an account's clock."""


def recalled(
    envelope: Head, opened_at_ms: int | None, channel: str, *, customer: str = "", direction: Direction = "in"
) -> list[Event]:
    """One event or none. It says only what does not change, so that every delivery of a ticket tells the same."""
    told_at_ms = times.instant_ms(envelope["time"])
    if opened_at_ms is None or told_at_ms is None or not 0 <= told_at_ms - opened_at_ms <= AT_MOST_MS:
        return []
    actor: Actor = "agent" if direction == "out" else "customer"
    opened = Opened(channel=channel, direction=direction, actor=actor, customer=customer)
    back: Head = {**envelope, "id": f"opened:{envelope['subject']}:recalled", "time": times.canonical(opened_at_ms)}
    return [TicketOpened(**back, data=opened)]
