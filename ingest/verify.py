"""Is a delivery the vendor's own, and is it fresh? Over the raw bytes, in constant time, with every live secret. No clock.

Law: any bytes and headers give a verdict; nothing raises, and how long it takes does not tell how nearly a forgery fitted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from ingest import times
from ingest.settings import Source, token_hash

Headers = Mapping[str, str]
"""Names in lower case."""


class Verdict(Enum):
    GENUINE = "genuine"
    STALE = "authentic, but its signed timestamp is outside the tolerance"
    FORGED = "not signed with a live secret of the source"


class Verifier(Protocol):
    def __call__(self, source: Source, headers: Headers, body: bytes, now_ms: int) -> Verdict: ...


def from_base64(text: str) -> bytes:
    """Nothing, where it is not base64: no digest equals that."""
    try:
        return base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""


def from_hex(text: str) -> bytes:
    try:
        return binascii.unhexlify(text.encode())
    except (binascii.Error, UnicodeEncodeError):
        return b""


def is_signed(secrets: Sequence[bytes], message: bytes, digest: bytes, algorithm: Literal["sha256", "sha1"]) -> bool:
    """Tries every secret, also after one fitted: two live secrets take the same time whichever it was."""
    fits = [hmac.compare_digest(hmac.digest(secret, message, algorithm), digest) for secret in secrets]
    return any(fits)


@dataclass(frozen=True, slots=True)
class Signed:
    """A scheme that signs a timestamp and the body with HMAC."""

    signature: str
    """Name of the header."""
    timestamp: str
    """Name of the header."""
    message: Callable[[bytes, bytes], bytes]
    """Of the timestamp as it was sent, and the body."""
    digest: Callable[[str], bytes] = from_base64
    """How the header writes it."""
    instant_ms: Callable[[str], int | None] = times.parse_ms
    algorithm: Literal["sha256", "sha1"] = "sha256"
    public: frozenset[bytes] = frozenset()
    """Secrets that everybody knows: good for nothing outside of test mode."""

    def __call__(self, source: Source, headers: Headers, body: bytes, now_ms: int) -> Verdict:
        secrets = [s for s in source.secrets if s not in self.public]
        if source.test_mode:
            secrets += self.public
        written = headers.get(self.timestamp, "")
        try:
            signed = self.message(written.encode("latin-1"), body)
        except UnicodeEncodeError:
            return Verdict.FORGED
        if not is_signed(secrets, signed, self.digest(headers.get(self.signature, "")), self.algorithm):
            return Verdict.FORGED
        at_ms = self.instant_ms(written)
        fresh = at_ms is not None and abs(now_ms - at_ms) <= source.tolerance_ms
        return Verdict.GENUINE if fresh else Verdict.STALE


def bearer(headers: Headers) -> bytes:
    """The hash of the bearer token that was sent; of the empty one if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token_hash(token.strip() if scheme.lower() == "bearer" else "")


def with_token(source: Source, headers: Headers, body: bytes, now_ms: int) -> Verdict:  # noqa: ARG001 - a Verifier's signature
    """For senders that sign nothing: one of the source's bearer tokens."""
    sent = bearer(headers)
    fits = [hmac.compare_digest(sent, live) for live in source.token_hashes]
    return Verdict.GENUINE if any(fits) else Verdict.FORGED
