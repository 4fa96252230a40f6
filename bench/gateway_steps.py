"""What the steps of one webhook cost the gateway, each on its own; what is left is the HTTP server, Kafka's client and the event loop."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import uvloop
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from bench.gateway_load import ACCOUNTS, body, signed, sources
from deskpulse.clock import wall_ms
from ingest.canonical import canonical
from ingest.customer import Customers
from ingest.delivery import Delivery
from ingest.gateway import create_app
from ingest.record import Outcome, Record
from ingest.settings import GatewaySettings
from ingest.vendors import VENDORS
from ingest.verify import Sent

_COUNT, _TIMES = 5_000, 3


@dataclass(frozen=True, slots=True)
class Steps:
    """CPU in us per webhook."""

    verify_us: float
    adapt_us: float
    """Reading the JSON and making the customer a token included."""
    encode_us: float
    door_us: float
    """Routing, limits, these three and the answer, with a log that takes everything at once."""


class _Ready:
    """A log that has nothing to wait for."""

    async def append(self, records: Sequence[Record]) -> Outcome:  # noqa: ARG002  # the protocol's
        return Outcome.APPENDED

    def is_reachable(self) -> bool:
        return True

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass


def measure() -> Steps:
    known, vendor = sources(), VENDORS["zendesk"]
    source = known.by_name["account0", "zendesk"]
    sent = [_sent(number) for number in range(_COUNT)]
    customers = Customers(source.customer_key, source.vendor)
    deliveries = [
        Delivery(source.account, source.name, source.vendor, one.body, one.headers, wall_ms(), customers) for one in sent
    ]
    events = [event for delivery in deliveries if isinstance(found := vendor.adapt(delivery), list) for event in found]
    app = create_app(GatewaySettings(sources=lambda: known, client={}, now_ms=wall_ms), _Ready())
    return Steps(
        verify_us=_us(lambda: [vendor.verify(source, one, wall_ms()) for one in sent]),
        adapt_us=_us(lambda: [vendor.adapt(delivery) for delivery in deliveries]),
        encode_us=_us(lambda: [canonical(event) for event in events]),
        door_us=_us(lambda: uvloop.run(_through(app, sent))),
    )


def _us(act: Callable[[], object]) -> float:
    found = []
    for _ in range(_TIMES):
        gc.collect()
        began_ns = time.process_time_ns()
        act()
        found.append((time.process_time_ns() - began_ns) / _COUNT / 1000)
    return median(found)


def _sent(number: int) -> Sent:
    raw = body(number)
    signature, timestamp = signed(raw)
    headers = [
        (b"host", b"gateway"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(raw)).encode()),
        (b"x-zendesk-webhook-signature", signature),
        (b"x-zendesk-webhook-signature-timestamp", timestamp),
    ]
    return Sent(Headers(raw=headers), raw, "POST", f"/v1/webhooks/account{number % ACCOUNTS}/zendesk", "")


async def _through(app: ASGIApp, sent: Sequence[Sent]) -> None:
    for one in sent:
        scope: dict[str, Any] = {
            "type": "http",
            "method": one.method,
            "path": one.url,
            "raw_path": one.url.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": one.headers.raw,  # type: ignore[attr-defined]
        }
        answers: list[int] = []

        async def receive(raw: bytes = one.body) -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Message, answers: list[int] = answers) -> None:
            if message["type"] == "http.response.start":
                answers.append(message["status"])

        await app(scope, receive, send)
        if answers != [200]:
            raise AssertionError(f"answered with {answers}")
