"""Deliveries of every vendor as its systems send them, with the reviewed events: one folder a row of `ingest.vendors`.

`signing.json` says how the folder's deliveries prove themselves; it shares nothing with `ingest.verify`, so that the two can
disagree. Every other file is one delivery:

    why          what it shows, in a sentence
    personal     names, addresses, texts in it, none of which may pass
    payload      the body as JSON, or `text`: the body as it is, where it is no JSON
    headers      besides the folder's, where the vendor says something there
    events       what is appended; or `not_for_us`, `rejected` (reason and error), or `handshake` (what is answered)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from events.rejected import Rejected
from ingest.canonical import canonical
from ingest.customer import Customers
from ingest.delivery import Delivery, NotForUs
from ingest.settings import Source, token_hash
from ingest.vendors import VENDORS
from ingest.verify import Sent
from tests.doors import NOW_MS, NOW_TEXT
from tests.timeline import iso

FOLDER = Path(__file__).parent / "fixtures"
CUSTOMER_KEY = b"account-key-of-the-tests"
URL = "https://hooks.example.com/v1/webhooks/acme/desk?team=1"
_NOW = {"iso": NOW_TEXT, "ms": str(NOW_MS), "s": str(NOW_MS // 1000)}
_OLD = {"iso": "2026-03-02T09:00:00Z", "ms": str(NOW_MS - 3_600_000), "s": str(NOW_MS // 1000 - 3600)}
_AHEAD = {"iso": "2026-03-02T11:00:00Z", "ms": str(NOW_MS + 3_600_000), "s": str(NOW_MS // 1000 + 3600)}


@dataclass(frozen=True, slots=True)
class Signing:
    """How one vendor's deliveries prove themselves, as a page of its documentation would put it."""

    vendor: str
    told: dict[str, Any]

    @property
    def secret(self) -> str:
        return str(self.told["secret"])

    @property
    def is_dated(self) -> bool:
        return "timestamp" in self.told

    @property
    def is_signed(self) -> bool:
        return "signs" in self.told

    def source(self, *secrets: str, test_mode: bool = False) -> Source:
        """Of that vendor, with these secrets or the folder's."""
        live = secrets or (self.secret,)
        return Source(
            "acme",
            "desk",
            self.vendor,
            CUSTOMER_KEY,
            secrets=tuple(secret.encode() for secret in live),
            token_hashes=tuple(map(token_hash, live)),
            test_mode=test_mode,
        )

    def sent(
        self,
        body: bytes,
        more: dict[str, str] | None = None,
        *,
        secret: str = "",
        at: str = "now",
        at_ms: int | None = None,
        url: str = URL,
    ) -> Sent:
        """A request whose signature fits, made `now`, `old` or `ahead` by an hour, or at an instant of the real clock."""
        secret = secret or self.secret
        form = self.told.get("timestamp", "iso")
        instants = {"now": _NOW, "old": _OLD, "ahead": _AHEAD}[at] if at_ms is None else _instants(at_ms)
        timestamp = instants[form]
        known = {"secret": secret, "timestamp": timestamp, "basic": base64.b64encode(f"deskpulse:{secret}".encode()).decode()}
        known["signature"] = self._signature(secret, timestamp, body, url) if self.is_signed else ""
        headers = {name: _filled(value, known) for name, value in self.told.get("headers", {}).items()}
        return Sent(headers | (more or {}), body, url=url, url_key=_filled(self.told.get("url_key", ""), known))

    def _signature(self, secret: str, timestamp: str, body: bytes, url: str) -> str:
        key = bytes.fromhex(secret) if self.told.get("key") == "hex" else str(self.told.get("key_text", secret)).encode()
        signs = self.told["signs"]
        known = {"timestamp": timestamp, "method": "POST", "url": url, "secret": secret}
        before, after = (_filled(part, known).encode() for part in signs.split("{body}"))
        message = before + body + after
        plain = self.told.get("hash", "")
        digest = hashlib.new(plain, message).digest() if plain else hmac.digest(key, message, self.told["hmac"])
        return digest.hex() if self.told["encoding"] == "hex" else base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Fixture:
    vendor: str
    name: str
    case: dict[str, Any]

    @property
    def body(self) -> bytes:
        if "text" in self.case:
            return str(self.case["text"]).encode()
        return json.dumps(self.case["payload"], ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.case.get("headers", {}).items()}

    @property
    def personal(self) -> list[str]:
        return list(self.case.get("personal", []))

    @property
    def is_template(self) -> bool:
        """Written by an admin, in the one body that Deskpulse publishes."""
        payload = self.case.get("payload")
        return isinstance(payload, dict) and "deskpulse" in payload

    def __str__(self) -> str:
        return f"{self.vendor}/{self.name}"


@cache
def signing(vendor: str) -> Signing:
    return Signing(vendor, json.loads((FOLDER / vendor / "signing.json").read_text(encoding="utf-8")))


@cache
def fixtures(vendor: str) -> tuple[Fixture, ...]:
    paths = sorted(path for path in (FOLDER / vendor).glob("*.json") if path.name != "signing.json")
    return tuple(Fixture(vendor, path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in paths)


def outcome(fixture: Fixture) -> dict[str, Any]:
    """What follows from a delivery that is genuine, in the words of a fixture."""
    row = VENDORS[fixture.vendor]
    sent = signing(fixture.vendor).sent(fixture.body, fixture.headers)
    if row.challenge is not None and (handshake := row.challenge(sent)) is not None:
        return {"handshake": dict(handshake)}
    customers = Customers(CUSTOMER_KEY, row.helpdesk)
    adapted = row.adapt(Delivery("acme", fixture.vendor, row.helpdesk, sent.body, sent.headers, NOW_MS, customers))
    if isinstance(adapted, NotForUs):
        return {"not_for_us": adapted.why}
    appended = [adapted] if isinstance(adapted, Rejected) else [canonical(event) for event in adapted]
    for event in appended:
        if isinstance(event, Rejected):
            return {"rejected": {"reason": event.reason.value, "error": event.error}}
    return {"events": [json.loads(event) for event in appended if isinstance(event, bytes)]}


def _instants(at_ms: int) -> dict[str, str]:
    return {"iso": iso(at_ms // 1000 * 1000), "ms": str(at_ms), "s": str(at_ms // 1000)}


def all_fixtures() -> list[Fixture]:
    return [fixture for vendor in VENDORS for fixture in fixtures(vendor)]


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
