"""`ticket_events`: what happened, event by event: ticket and order events. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from events.wire import OrderEvent, TicketEvent
from sinks.instant import epoch_ms
from sinks.table import DAY_MS, Row, Table

_encoder = msgspec.json.Encoder()
_EVENT_TIME = 4

TICKET_EVENTS = Table(
    name="ticket_events",
    columns=(
        "account",
        "source",
        "event_id",
        "event_type",
        "event_time",
        "vendor",
        "ticket_id",
        "customer",
        "actor",
        "agent_id",
        "team",
        "channel",
        "priority",
        "tags",
        "data",
        "src_partition",
        "version",
    ),
    identity=("account", "event_time", "source", "ticket_id", "event_id"),
    day=lambda row: row[_EVENT_TIME] // DAY_MS,
    partitioned_by="month",
)


def event_row(
    event: TicketEvent | OrderEvent, account: str, source: str, partition: int, version: int, *, forgotten: bool
) -> Row:
    """`ticket_id` is the subject: an order's id for order events. Of a forgotten customer's event neither token nor content is kept."""
    body: Any = event.data
    return (
        account,
        source,
        event.id,
        type(event).__struct_config__.tag,
        epoch_ms(event.time),
        event.vendor,
        event.subject,
        "" if forgotten else getattr(body, "customer", ""),
        getattr(body, "actor", ""),
        getattr(body, "agent", ""),
        getattr(body, "team", None) or "",
        getattr(body, "channel", None) or "",
        getattr(body, "priority", None) or "",
        getattr(body, "tags", None) or (),
        "" if forgotten else _encoder.encode(body).decode(),
        partition,
        version,
    )
