"""What one vendor alone does with a signature: HubSpot signs the address that it called, FreeScout derives its key. Pure."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import md5, sha256
from typing import Literal

from ingest.settings import Source
from ingest.verify import Sent, Verdict, from_hex

# Before version 3 signs an address, these characters of it are decoded and all others stay as they were sent.
_DECODED = {f"%{ord(character):02X}": character for character in ":/?@!$'()*,;"}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def hubspot_v3(timestamp: bytes, sent: Sent) -> bytes:
    """Method, address, body, timestamp, with nothing between."""
    called = _ENCODED.sub(lambda found: _DECODED[found[0].upper()], sent.url)
    return f"{sent.method}{called}".encode("utf-8", "surrogatepass") + sent.body + timestamp


@dataclass(frozen=True, slots=True)
class HubSpotHash:
    """The older versions: a plain SHA-256 of a text that begins with the secret. Nothing in it has a time."""

    version: Literal["v1", "v2"]

    def __call__(self, source: Source, sent: Sent, now_ms: int) -> Verdict:  # noqa: ARG002 - a Verifier's signature
        # The source's row decides; what the request says of itself may only agree.
        agrees = sent.headers.get("x-hubspot-signature-version", self.version).lower() == self.version
        called = f"{sent.method}{sent.url}".encode("utf-8", "surrogatepass") if self.version == "v2" else b""
        digest = from_hex(sent.headers.get("x-hubspot-signature", ""))
        live = [secret for secret in source.secrets if secret]
        fits = [hmac.compare_digest(sha256(secret + called + sent.body).digest(), digest) for secret in live]
        return Verdict.GENUINE if any(fits) and agrees else Verdict.FORGED


def freescout_key(secret: bytes) -> bytes:
    """The key as such, or FreeScout's `APP_KEY` with its `base64:` in front, of which the key is made."""
    if not secret.startswith(b"base64:"):
        return secret
    return md5(secret + b"webhook_key", usedforsecurity=False).hexdigest().encode()
