"""What one request brought, once it is known to be authentic, and what an adapter makes of it. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.depth import is_too_deep
from events.rejected import Reason, Rejected
from events.wire import Event
from ingest.customer import Customers


@dataclass(frozen=True, slots=True)
class Delivery:
    """Verified bytes and where they came from. Header names are lower case; headers are authentic only if signed."""

    account: str
    source: str
    vendor: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    received_at_ms: int
    customers: Customers
    rating_scale: str = ""
    """Of the source, where the vendor leaves it to each organisation; so are the next."""
    closed: frozenset[str] = frozenset()

    @property
    def uri(self) -> str:
        """The `source` of its events."""
        return f"/{self.account}/{self.source}"

    def too_deep(self, raw: bytes, most: int) -> Rejected | None:
        """Asked before anything is parsed, of the body or of an element of it."""
        return self.rejected(Reason.TOO_DEEP, f"$: nested more than {most} deep") if is_too_deep(raw, most) else None

    def not_understood(self, error: str) -> Rejected:
        """Where in the body, and what was expected there: `$.id: missing or unreadable`. Never a value."""
        return self.rejected(Reason.NOT_UNDERSTOOD, error)

    def rejected(self, reason: Reason, error: str) -> Rejected:
        return Rejected(self.body, reason, error, self.account, self.source)


@dataclass(frozen=True, slots=True)
class NotForUs:
    """Understood, and nothing follows from it: a kind that no metric needs."""

    why: str


Adapted = list[Event] | NotForUs | Rejected
"""Of one delivery. Law of every adapter: the same bytes give the same events with the same ids, and nothing raises."""
