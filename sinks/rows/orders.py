"""`orders`: one row an order event; refunds add, repeats replace. Pure."""

from __future__ import annotations

from decimal import Decimal

from events.wire import OrderEvent, OrderPlaced
from sinks.instant import epoch_ms
from sinks.table import Row, Table

ORDERS = Table(
    name="orders",
    columns=("account", "source", "order_id", "event_id", "version", "kind", "at", "customer", "amount", "currency"),
    identity=("account", "source", "order_id", "event_id"),
)


def order_row(event: OrderEvent, account: str, source: str, version: int, customer: str) -> Row:
    return (
        account,
        source,
        event.subject,
        event.id,
        version,
        "placed" if isinstance(event, OrderPlaced) else "refunded",
        epoch_ms(event.time),
        customer,
        Decimal(event.data.amount),
        event.data.currency,
    )
