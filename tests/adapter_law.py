"""The law of every adapter: whatever is delivered becomes events that decode to themselves, or a reason; nothing fails."""

from __future__ import annotations

from events.codec import decode, encode
from events.rejected import Rejected
from ingest.canonical import canonical
from ingest.customer import Customers
from ingest.delivery import Delivery, NotForUs
from ingest.vendors import VENDORS
from ingest.verify import Sent
from tests.deliveries import CUSTOMER_KEY
from tests.doors import NOW_MS


def lawful(vendor: str, raw: bytes, headers: dict[str, str]) -> int:
    """How many events it gave; an AssertionError, or the adapter's own exception, where the law is broken."""
    row = VENDORS[vendor]
    delivery = Delivery("acme", "desk", row.helpdesk, raw, headers, NOW_MS, Customers(CUSTOMER_KEY, row.helpdesk))
    too_deep = delivery.too_deep(raw, 32)
    if too_deep is not None:
        return 0
    adapted = row.adapt(delivery)
    assert adapted == row.adapt(delivery), "the same bytes, the same events"
    if row.challenge is not None:
        row.challenge(Sent(headers, raw))
    if isinstance(adapted, NotForUs):
        assert adapted.why
        return 0
    if isinstance(adapted, Rejected):
        assert adapted.error.startswith(("$", "X-")), "a path, or a header's name"
        return 0
    assert adapted, "no event is said with NotForUs"
    for event in adapted:
        appended = canonical(event)
        if isinstance(appended, Rejected):
            continue
        decoded = decode(appended)
        assert not isinstance(decoded, Rejected)
        assert encode(decoded) == appended
        assert decoded.source == "/acme/desk"
    return len(adapted)
