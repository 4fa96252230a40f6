"""Authentic bytes that could not become events, as a record that keeps them with the reason. Pure; secrets never enter it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from events.rejected import Rejected
from ingest.delivery import Delivery
from ingest.record import Record

_MAX_HEADER = 512


def dead_letter(delivery: Delivery, rejected: Rejected, kept_headers: Iterable[str]) -> Record:
    """`kept_headers` are the vendor's that a later reading needs. Repeated bytes give the same `letter_id`."""
    headers = {
        "stage": "gateway",
        "reason": rejected.reason.value,
        "error": rejected.error,
        "account": delivery.account,
        "source": delivery.source,
        "letter_id": _letter_id(delivery, rejected),
        "at": str(delivery.received_at_ms),
        "vendor": delivery.vendor,
        **{f"http.{name}": value for name in kept_headers if (value := delivery.headers.get(name))},
    }
    return Record(
        topic="dead-letters",
        account=delivery.account,
        key=f"{delivery.account}/{delivery.source}".encode(),
        value=delivery.body,
        timestamp_ms=delivery.received_at_ms,
        headers=tuple((name, value[:_MAX_HEADER].encode("utf-8", "replace")) for name, value in headers.items()),
    )


def _letter_id(delivery: Delivery, rejected: Rejected) -> str:
    identity = sha256(f"gateway\n{delivery.uri}\n{rejected.reason.value}\n".encode())
    identity.update(delivery.body)
    return identity.hexdigest()[:32]
