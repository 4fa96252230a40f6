"""Our own door: CloudEvents that already are canonical, from systems that have no adapter. Pure.

A sender fills in `source` or leaves it out; it is always the token's own. `customer` is what the sender calls its customer (an
id or an e-mail address) and becomes a token here.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from events import codec
from events.rejected import Reason, Rejected
from events.wire import DirectoryUpdated, Event, OrderEvent, TicketEvent
from ingest import times
from ingest.delivery import Adapted, Delivery

FUTURE_MS = 120_000
"""How far ahead of its receipt an event may be; further is refused by the fold too."""
MAX_CUSTOMER = 320
"""Characters of an id or an address."""


def adapt(delivery: Delivery) -> Adapted:
    """One event, in structured JSON."""
    event = admit(delivery, delivery.body)
    return event if isinstance(event, Rejected) else [event]


def admit(delivery: Delivery, raw: bytes) -> Event | Rejected:
    """One event of the delivery's source, its customer hidden; or what is wrong with it and where."""
    if len(raw) > codec.MAX_BYTES:
        return delivery.rejected(Reason.TOO_LARGE, f"$: an event has at most {codec.MAX_BYTES} bytes")
    try:
        sent = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return delivery.rejected(Reason.NOT_JSON, "$: not JSON in UTF-8")
    if not isinstance(sent, dict):
        return delivery.rejected(Reason.NOT_AN_EVENT, "$: an event is an object with a text `type`")
    if sent.setdefault("source", delivery.uri) != delivery.uri:
        return delivery.rejected(Reason.INVALID, f"$.source: expected {delivery.uri}, the token's own, or none")
    if (fault := _hide_customer(delivery, sent)) is not None:
        return fault
    event = codec.decode(msgspec.json.encode(sent))
    if isinstance(event, Rejected):
        return event
    if not isinstance(event, TicketEvent | OrderEvent | DirectoryUpdated):
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.type: expected a ticket or order event, or directory.updated")
    at_ms = times.instant_ms(event.time)
    if at_ms is not None and at_ms > delivery.received_at_ms + FUTURE_MS:
        return delivery.rejected(Reason.FUTURE, "$.time: more than two minutes ahead of its receipt")
    return event if event.vendor else replace(event, vendor=delivery.vendor)


def _hide_customer(delivery: Delivery, sent: dict[str, Any]) -> Rejected | None:
    data = sent.get("data")
    if not isinstance(data, dict) or not isinstance(customer := data.get("customer"), str):
        return None
    if len(customer) > MAX_CUSTOMER:
        return delivery.rejected(Reason.INVALID, f"$.data.customer: expected at most {MAX_CUSTOMER} characters")
    data["customer"] = delivery.customers.of_text(customer)
    return None
