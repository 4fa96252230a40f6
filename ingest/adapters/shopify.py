"""Shopify: orders and refunds, to canonical events; and the request to forget a customer. Pure.

The topic stands in a header alone, which is not signed, so the body must have what the topic says. Numbers are 64 bits wide; where
somebody on the way rounded one, the text beside it is exact.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from events.rejected import Reason, Rejected
from events.wire import CustomerForgotten, Event, Forgotten, OrderPlaced, OrderRefunded, Placed, Refunded
from ingest import times
from ingest.adapters.canonical import head
from ingest.adapters.reading import Fields, flag, inner, json_object, text, word
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Shopify admin > Settings > Notifications > Webhooks (at the end of the page) > Create webhook.",
        "Twice: event 'Order creation' and event 'Refund create'. Format: JSON   URL: {url}   Webhook API version: the newest stable one.",
        "Below the list it says 'Your webhooks will be signed with': that text is this source's secret; `deskpulse sources add` asks for it.",
        "From an app of your own instead: subscribe to orders/create, refunds/create and customers/redact; its client secret signs.",
    ),
)

_TOPIC = "x-shopify-topic"
_OTHER = ("orders/", "refunds/", "app/", "bulk_operations/", "carts/", "checkouts/", "collections/", "customer", "disputes/",
          "draft_orders/", "fulfillment", "inventory_", "locations/", "order_transactions/", "products/", "returns/", "shop/",
          "subscription_", "tender_transactions/", "themes/", "variants/")  # fmt: skip
_EXACT = re.compile(r"gid://shopify/\w{1,40}/([0-9]{1,20})", re.ASCII)
_GONE = frozenset({"failure", "error"})


def adapt(delivery: Delivery) -> Adapted:
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    match topic := word(delivery.headers.get(_TOPIC)):
        case "orders/create":
            return _placed(delivery, body)
        case "refunds/create":
            return _refunded(delivery, body)
        case "customers/redact":
            return _forgotten(delivery, body)
        case _ if topic.startswith(_OTHER):
            return NotForUs(topic)
        case _:
            return delivery.rejected(Reason.UNKNOWN_TYPE, "X-Shopify-Topic: no topic that is known")


def _placed(delivery: Delivery, order: Fields) -> Adapted:
    if flag(order.get("test")):
        return NotForUs("a test order")
    order_id, amount = _id(order), _money(order.get("total_price"))
    at_ms, currency = times.parse_ms(text(order.get("created_at"))), text(order.get("currency")).upper()
    if not order_id or amount is None or at_ms is None or not currency:
        path = "id" if not order_id else "total_price" if amount is None else "created_at" if at_ms is None else "currency"
        return delivery.not_understood(f"$.{path}: expected an order's, as the topic says")
    placed = Placed(amount=_written(amount), currency=currency, customer=_customer(delivery, order))
    return [OrderPlaced(**head(delivery, f"placed:{order_id}", order_id, at_ms), data=placed)]


def _refunded(delivery: Delivery, refund: Fields) -> Adapted:
    """What was paid back: the transactions that went through. Goods taken back without money are no refund."""
    refund_id, order_id = _id(refund), text(refund.get("order_id"))
    at_ms = times.parse_ms(text(refund.get("created_at")))
    listed = refund.get("transactions")
    if not refund_id or not order_id or at_ms is None or not isinstance(listed, list):
        path = "id" if not refund_id else "order_id" if not order_id else "created_at" if at_ms is None else "transactions"
        return delivery.not_understood(f"$.{path}: expected a refund's, as the topic says")
    paid_back = [one for one in listed if isinstance(one, dict) and word(one.get("kind")) == "refund"]
    paid_back = [one for one in paid_back if word(one.get("status")) not in _GONE and not flag(one.get("test"))]
    if not paid_back:
        return NotForUs("no money was returned")
    amounts = [_money(one.get("amount")) for one in paid_back]
    currencies = {text(one.get("currency")).upper() for one in paid_back}
    if len(currencies) != 1 or not all(amount is not None for amount in amounts):
        return delivery.not_understood("$.transactions[]: expected an amount each, all in one currency")
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    refunded = Refunded(amount=_written(total), currency=currencies.pop(), customer=_customer(delivery, refund))
    return [OrderRefunded(**head(delivery, f"refunded:{refund_id}", order_id, at_ms), data=refunded)]


def _forgotten(delivery: Delivery, body: Fields) -> Adapted:
    """The law's request that every app of a shop gets: each token under which the customer may stand in the log."""
    customer = inner(body, "customer")
    if "orders_to_redact" not in body or not customer:
        return delivery.not_understood("$.orders_to_redact: expected a customer to forget, as the topic says")
    known = [delivery.customers.of_email(text(customer.get("email"))), delivery.customers.of_id(text(customer.get("id")))]
    when = times.canonical(delivery.received_at_ms)
    events: list[Event] = [
        CustomerForgotten(
            specversion="1.0",
            id=f"forgotten:{token}",
            source=delivery.uri,
            subject=delivery.account,
            time=when,
            data=Forgotten(customer=token),
        )
        for token in known
        if token
    ]
    return events or delivery.not_understood("$.customer: expected an id or an e-mail address")


def _id(fields: Fields) -> str:
    """Exact, also where the number was written with a fraction."""
    exact = _EXACT.fullmatch(text(fields.get("admin_graphql_api_id")))
    return exact[1] if exact else text(fields.get("id"))


def _money(value: object) -> Decimal | None:
    """Shops write amounts as text, some relays as numbers."""
    written = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else text(value)
    try:
        amount = Decimal(written) if written.isascii() and len(written) <= 20 else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount) < 10**14 else None


def _written(amount: Decimal) -> str:
    """Four places at most, as events have it, and none of them lost where there are fewer."""
    exponent = amount.as_tuple().exponent
    places = min(max(-exponent, 0), 4) if isinstance(exponent, int) else 0
    return f"{amount:.{places}f}"


def _customer(delivery: Delivery, fields: Fields) -> str:
    """By address where the shop may see it, which joins the order with tickets; else by the shop's number."""
    customer = inner(fields, "customer")
    address = text(fields.get("email")) or text(fields.get("contact_email")) or text(customer.get("email"))
    return delivery.customers.of_person(address, text(customer.get("id")))
