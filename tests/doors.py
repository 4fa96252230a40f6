"""Gateways for tests: two accounts, their secrets, signed deliveries, and logs named for their vices."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.customer import Customers
from ingest.delivery import Delivery
from ingest.record import Outcome, Record
from ingest.settings import GatewaySettings, Limits, Source, Sources, token_hash

NOW_MS = 1_772_445_600_000
"""2026-03-02T10:00:00Z."""
NOW_TEXT = "2026-03-02T10:00:00Z"
SECRET = "zendesk-signing-secret-of-acme"
NEXT_SECRET = "the-secret-that-replaces-it"
OTHER_SECRET = "zendesk-signing-secret-of-bolt"
TOKEN = "token-of-acme-0123456789abcdef"
OTHER_TOKEN = "token-of-bolt-0123456789abcdef"

SOURCES = Sources.of(
    [
        Source("acme", "zendesk", "zendesk", b"account-key-of-acme", secrets=(SECRET.encode(), NEXT_SECRET.encode())),
        Source("bolt", "zendesk", "zendesk", b"account-key-of-bolt", secrets=(OTHER_SECRET.encode(),)),
        Source("acme", "shop", "cloudevents", b"account-key-of-acme", token_hashes=(token_hash(TOKEN),)),
        Source("bolt", "shop", "cloudevents", b"account-key-of-bolt", token_hashes=(token_hash(OTHER_TOKEN),)),
    ]
)


class RecordingLog:
    """Keeps what it is given, in memory, and says that it is durable."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def append(self, records: Sequence[Record]) -> Outcome:
        assert records, "the log would wait for a confirmation that never comes"
        self.records += records
        return Outcome.APPENDED

    def is_reachable(self) -> bool:
        return True

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def values(self, topic: str) -> list[bytes]:
        return [record.value for record in self.records if record.topic == topic]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(value) for value in self.values("ticket-events")]

    def dead_letters(self) -> list[dict[str, str]]:
        """Their headers, with `value` as text."""
        return [
            {**{name: value.decode() for name, value in record.headers}, "value": record.value.decode(errors="replace")}
            for record in self.records
            if record.topic == "dead-letters"
        ]


class RefusingLog(RecordingLog):
    """Takes nothing, for the reason given."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome

    async def append(self, records: Sequence[Record]) -> Outcome:  # noqa: ARG002 - it does not even look
        return self.outcome

    def is_reachable(self) -> bool:
        return False


class HesitantLog(RecordingLog):
    """Has the records at once and confirms them when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.confirmed = asyncio.Event()

    async def append(self, records: Sequence[Record]) -> Outcome:
        self.records += records
        await self.confirmed.wait()
        return Outcome.APPENDED


def settings(
    *, sources: Sources = SOURCES, limits: Limits | None = None, now_ms: Callable[[], int] = lambda: NOW_MS, **more: Any
) -> GatewaySettings:
    return GatewaySettings(sources=lambda: sources, now_ms=now_ms, limits=limits or Limits(), **{"client": {}, **more})


def delivery(body: bytes, vendor: str = "zendesk", headers: Mapping[str, str] | None = None) -> Delivery:
    return Delivery("acme", vendor, vendor, body, headers or {}, NOW_MS, Customers(b"account-key-of-the-tests", vendor))


def signed(body: bytes, secret: str = SECRET, timestamp: str = NOW_TEXT) -> dict[str, str]:
    """Zendesk's headers."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": timestamp,
    }


def bearing(token: str = TOKEN, content_type: str = "application/cloudevents+json") -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": content_type}


def created(ticket: str = "88214", event_id: str = "5b1d0f6e", requester: str = "9012345678901") -> bytes:
    """A Zendesk delivery, as small as they come."""
    return json.dumps(
        {
            "type": "zen:event-type:ticket.created",
            "id": event_id,
            "time": "2026-03-02T09:59:58.204551873Z",
            "subject": f"zen:ticket:{ticket}",
            "detail": {"id": ticket, "status": "NEW", "requester_id": requester, "via": {"channel": "chat"}},
            "event": {},
        }
    ).encode()


def opened(event_id: str = "e-1", subject: str = "t-1", **more: Any) -> dict[str, Any]:
    """A CloudEvent as a sender writes it."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "type": "deskpulse.ticket.opened.v1",
        "subject": subject,
        "time": "2026-03-02T09:59:59.5Z",
        "data": {"channel": "chat", "customer": "mia@example.com"},
        **more,
    }
