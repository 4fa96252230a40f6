"""A ticket's whole state: its row, what the walk through its history remembers, the history, and the facts now asserted."""

from __future__ import annotations

import msgspec

from events.derived import Fact, TicketRow
from streams.tickets.moment import Moment

Heading = tuple[int | None, int | None, str, str, str, tuple[str, ...]]
"""What is said of all facts of a ticket: opening, its civil hour, brand, language, tier, tags."""

Terms = tuple[str | None, str | None]
"""Channel and priority before an `updated` changed them; None: as they are."""


class Ticket(TicketRow, array_like=True, kw_only=True, gc=False):
    """Written by position, so a new field comes last: what an older release wrote is then read with its default."""

    began: bool = False
    whole: bool = False
    asked: bool = False
    """Whole, and opened by the customer: first response times run from the opening."""
    turn: int = 0
    """Number of the last turn; its start, while open and unanswered, is `waiting_since`."""
    set_aside: int | None = None
    """Start of the turn that an abandonment ended."""
    pending: int | None = None
    """Oldest customer message since the resolution."""
    cycle: int = 1
    cycle_from: int | None = None
    """Opening or reopening that began the cycle, if it was seen."""
    cycle_message: int | None = None
    """The customer message that reopened."""
    cycle_answered: bool = False
    sitting: bool = False
    """Nothing has come between the last human reply and now."""
    touched: bool = False
    """Someone or something answered: `frt_any` is decided."""
    resolver: str = ""
    resolver_team: str = ""
    endings: int = 0
    surveys: list[str] = msgspec.field(default_factory=list)
    history: list[Moment] = msgspec.field(default_factory=list)
    facts: dict[int, Fact] = msgspec.field(default_factory=dict)
    edition: int = 0
    """Of the account's settings that the facts were told under."""
    conflicts: int = 0
    """Ids that came with two contents."""
    sealed: bytes | None = None
    """The ticket as of the last sealed event, packed; the history goes on after it."""
    sealed_through: tuple[int, int, int, str] | None = None
    lapses_at: int | None = None
    """When the silence since the last event ends the waiting, or ended it; None where it may last."""
    gap: bool = False
    """It was opened, and what came then was not seen; until the next event."""
    first_terms: Terms | None = None
    """At the opening, where they have changed since; until the first human reply."""
    turn_terms: Terms | None = None
    """When the customer began to wait, where they have changed since; also of a turn that is set aside or pending."""


def heading(t: Ticket) -> Heading:
    return (t.opened_at, t.opened_hour, t.brand, t.language, t.tier, t.tags)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Ticket)
_row_decoder = msgspec.msgpack.Decoder(TicketRow)


def pack(t: Ticket) -> bytes:
    return _encoder.encode(t)


def unpack(packed: bytes) -> Ticket:
    return _decoder.decode(packed)


def unpack_row(packed: bytes) -> TicketRow:
    """The head alone, at a fraction of the cost."""
    return _row_decoder.decode(packed)
