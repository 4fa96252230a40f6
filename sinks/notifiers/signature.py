"""Standard Webhooks: the signature over the exact bytes that are sent. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


class BadSecretError(ValueError):
    """A secret that is none. It is never repeated."""


def key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise BadSecretError(f"A webhook secret is {_PREFIX} followed by base64 of {_SHORTEST} to {_LONGEST} bytes.")
    return key


def headers(keys: Iterable[bytes], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """One signature for each key, so that a receiver may hold the old or the new one."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signatures = [f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}" for key in keys]
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp_s), "webhook-signature": " ".join(signatures)}
