"""Is a delivery the vendor's own, and is it fresh? Over the raw bytes, in constant time, with every live secret. No clock.

Law: any bytes and headers give a verdict; nothing raises, and how long it takes does not tell how nearly a forgery fitted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256
from typing import Literal, Protocol

from ingest import times
from ingest.settings import Source, token_hash

Headers = Mapping[str, str]
"""Names in lower case."""


class Verdict(Enum):
    GENUINE = "genuine"
    REWRITTEN = "genuine, but signed over the body without its blanks"
    STALE = "authentic, but its signed timestamp is outside the tolerance"
    FORGED = "not signed with a live secret of the source"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it arrived, before anybody vouches for it."""

    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"
    url: str = field(default="", repr=False)
    """As the sender called it: the configured public address, the path, and the query as it was sent. Never made of `Host`."""
    url_key: str = field(default="", repr=False)
    """The last part of the path behind the source's name, or `key` of the query; empty where there is neither."""


class Verifier(Protocol):
    def __call__(self, source: Source, sent: Sent, now_ms: int) -> Verdict: ...


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


def milliseconds(text: str) -> int | None:
    """A timestamp written as epoch milliseconds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 17 else None


def seconds(text: str) -> int | None:
    whole = milliseconds(text)
    return None if whole is None else whole * 1000


def as_written(secret: bytes) -> bytes:
    return secret


def hex_decoded(secret: bytes) -> bytes:
    """Nothing for what is not hex, and nothing is no key."""
    return from_hex(secret.decode("latin-1").strip())


# Possessive, and a string that never ends is one too: linear in the bytes, whatever they are.
_BLANKS = re.compile(rb'("(?:[^"\\]++|\\.)*+"?)|[ \t\r\n]++', re.DOTALL)


def compact(body: bytes) -> bytes:
    """JSON without the blanks between its tokens; all else as it was written."""
    return _BLANKS.sub(rb"\1", body)


def is_signed(secrets: Sequence[bytes], message: bytes, digest: bytes, algorithm: Literal["sha256", "sha1"]) -> bool:
    """Tries every secret, also after one fitted: two live secrets take the same time whichever it was."""
    fits = [hmac.compare_digest(hmac.digest(secret, message, algorithm), digest) for secret in secrets]
    return any(fits)


@dataclass(frozen=True, slots=True)
class Signed:
    """HMAC over the body, in most schemes with a timestamp that is signed too."""

    signature: str
    """Name of the header."""
    timestamp: str = ""
    """Name of the header; empty for a scheme that signs no time, whose deliveries are never stale."""
    parts: tuple[str, str] | None = None
    """Where one header holds both as `t=...,v1=...`: what timestamp and signature are called in it."""
    prefix: str = ""
    """Before the digest: `sha256=`."""
    message: Callable[[bytes, Sent], bytes] = lambda _timestamp, sent: sent.body
    """Of the timestamp as it was sent, and the request."""
    digest: Callable[[str], bytes] = from_base64
    """How the header writes it."""
    instant_ms: Callable[[str], int | None] = times.parse_ms
    algorithm: Literal["sha256", "sha1"] = "sha256"
    key: Callable[[bytes], bytes] = as_written
    """Of the secret as it is configured; an empty key is none."""
    public: frozenset[bytes] = frozenset()
    """Secrets that everybody knows: good for nothing outside of test mode."""
    rewritten: Callable[[bytes], bytes] | None = None
    """For vendors that may sign other bytes than they send: what those are. Tried where the body as it came does not fit."""

    def __call__(self, source: Source, sent: Sent, now_ms: int) -> Verdict:
        secrets = [secret for secret in source.secrets if secret not in self.public]
        if source.test_mode:
            secrets += self.public
        keys = [key for key in map(self.key, secrets) if key]
        written, signature = self._written(sent.headers)
        try:
            timestamp = written.encode("latin-1")
        except UnicodeEncodeError:
            return Verdict.FORGED
        digest = self.digest(signature[len(self.prefix) :] if signature.startswith(self.prefix) else "")
        verdict = Verdict.GENUINE
        if not is_signed(keys, self.message(timestamp, sent), digest, self.algorithm):
            if self.rewritten is None:
                return Verdict.FORGED
            verdict, other = Verdict.REWRITTEN, replace(sent, body=self.rewritten(sent.body))
            if not is_signed(keys, self.message(timestamp, other), digest, self.algorithm):
                return Verdict.FORGED
        if not self.timestamp:
            return verdict
        at_ms = self.instant_ms(written)
        fresh = at_ms is not None and abs(now_ms - at_ms) <= source.tolerance_ms
        return verdict if fresh else Verdict.STALE

    def _written(self, headers: Headers) -> tuple[str, str]:
        signature = headers.get(self.signature, "")
        if self.parts is None:
            return headers.get(self.timestamp, "") if self.timestamp else "", signature
        found = dict(pair.strip().partition("=")[::2] for pair in signature.split(","))
        at, digest = self.parts
        return found.get(at, ""), found.get(digest, "")


@dataclass(frozen=True, slots=True)
class Keyed:
    """For vendors that sign nothing: one of the source's secrets, sent along as a key.

    Taken in a header of its own, in `Authorization` (bearer, basic as user or password, or alone), or, where a vendor can send no
    header, in the URL: as its last part or as `?key=`. Such a delivery proves who knows the key and nothing about its age.
    """

    header: str = "x-deskpulse-key"

    def __call__(self, source: Source, sent: Sent, now_ms: int) -> Verdict:  # noqa: ARG002 - a key has no age
        live = [sha256(secret).digest() for secret in source.secrets if secret]
        offered = [sha256(key.encode("utf-8", "surrogatepass")).digest() for key in self._keys(sent)]
        fits = [hmac.compare_digest(one, other) for one in live for other in offered]
        return Verdict.GENUINE if any(fits) else Verdict.FORGED

    def _keys(self, sent: Sent) -> Iterator[str]:
        yield sent.headers.get(self.header, "")
        yield sent.url_key
        authorization = sent.headers.get("authorization", "").strip()
        yield authorization
        scheme, _, rest = authorization.partition(" ")
        yield rest.strip() if scheme.lower() == "bearer" else ""
        user, _, password = (from_base64(rest.strip()) if scheme.lower() == "basic" else b"").partition(b":")
        yield user.decode("utf-8", "replace")
        yield password.decode("utf-8", "replace")


_NO_TOKEN = token_hash("")


def bearer(headers: Headers) -> bytes:
    """The hash of the bearer token that was sent; of the empty one if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token_hash(token.strip() if scheme.lower() == "bearer" else "")


def with_token(source: Source, sent: Sent, now_ms: int) -> Verdict:  # noqa: ARG001 - a Verifier's signature
    """For senders of CloudEvents: one of the source's bearer tokens."""
    hashed = bearer(sent.headers)
    fits = [hmac.compare_digest(hashed, live) for live in source.token_hashes if live != _NO_TOKEN]
    return Verdict.GENUINE if any(fits) else Verdict.FORGED
