"""Waits for the next delivery of a source, and for what follows from it."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskpulse.database import Database, DatabaseError
from deskpulse.sources.tail import Seen, Tail
from deskpulse.sources.words import Ticket

_LOOK_S = 0.25
_GATHER_S = 1.5
"""One delivery may be several events, and the fold refuses within a second what the door had to take."""
_FOLDED_WITHIN_S = 3.0
_TICKET = """
SELECT channel, customer != '' AS is_customer_known, toUnixTimestamp64Milli(first_replied_at) AS first_replied_ms, first_response_ms
FROM v_tickets
WHERE account = {account:String} AND source = {source:String} AND ticket_id = {ticket:String}
      AND updated_at >= fromUnixTimestamp64Milli({at:Int64})
"""


def next_delivery(tail: Tail, within_s: float, waiting: Callable[[float], None]) -> list[Seen]:
    """Nothing if none came in time. `waiting` is told the seconds that are left, several times a second."""
    end_s = time.monotonic() + within_s
    found: list[Seen] = []
    while (left_s := end_s - time.monotonic()) > 0:
        if not found:
            waiting(left_s)
        seen = tail.look(min(_LOOK_S, left_s))
        if seen is not None:
            if not found:
                end_s = time.monotonic() + _GATHER_S
            found.append(seen)
    return found


def folded_ticket(database: Database, account: str, source: str, ticket: str, at_ms: int) -> Ticket | None:
    """The ticket once it holds an event of `at_ms`; None if worker or sink do not get so far in time, or ClickHouse is away."""
    end_s = time.monotonic() + _FOLDED_WITHIN_S
    asked: dict[str, str | int] = {"account": account, "source": source, "ticket": ticket, "at": at_ms}
    while True:
        try:
            rows = database.rows(_TICKET, asked)
        except DatabaseError:
            return None
        if rows:
            row = rows[0]
            return Ticket(row["channel"], bool(row["is_customer_known"]), row["first_replied_ms"], row["first_response_ms"])
        if time.monotonic() > end_s:
            return None
        time.sleep(_LOOK_S)
