"""Signatures: the published vector, and every way to be wrong."""

from __future__ import annotations

import hmac
from base64 import b64encode

import pytest

from ingest.settings import Source
from ingest.vendors import VENDORS
from ingest.verify import Keyed, Sent, Signed, Verdict, from_base64, from_hex, hex_decoded, milliseconds, seconds
from tests.doors import NOW_MS, NOW_TEXT, SECRET, signed

Z1_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
Z1_BODY = b'{"event":"ticket.updated","id":123}'
Z1_HEADERS = {
    "x-zendesk-webhook-signature": "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
    "x-zendesk-webhook-signature-timestamp": "2021-03-25T05:09:27Z",
}
Z1_MS = 1_616_648_967_000
BODY = b'{"id":1,"s":"h\xc3\xa9llo"}'


def _source(*secrets: str, test_mode: bool = False) -> Source:
    return Source("acme", "zendesk", "zendesk", b"key", secrets=tuple(s.encode() for s in secrets), test_mode=test_mode)


def _verdict(source: Source, headers: dict[str, str], body: bytes = BODY, now_ms: int = NOW_MS) -> Verdict:
    return VENDORS["zendesk"].verify(source, Sent(headers, body), now_ms)


def test_the_published_vector_verifies_in_test_mode() -> None:
    assert _verdict(_source(test_mode=True), Z1_HEADERS, Z1_BODY, Z1_MS) is Verdict.GENUINE


def test_the_public_test_secret_is_refused_outside_of_test_mode() -> None:
    assert _verdict(_source(SECRET), Z1_HEADERS, Z1_BODY, Z1_MS) is Verdict.FORGED


def test_the_public_test_secret_is_refused_even_if_it_is_configured() -> None:
    assert _verdict(_source(Z1_SECRET), Z1_HEADERS, Z1_BODY, Z1_MS) is Verdict.FORGED


def test_a_secret_is_used_as_it_is_written_and_not_decoded() -> None:
    assert _verdict(_source(SECRET), signed(BODY)) is Verdict.GENUINE


def test_either_of_two_live_secrets_verifies() -> None:
    both = _source(SECRET, "the-new-secret")
    assert _verdict(both, signed(BODY)) is Verdict.GENUINE
    assert _verdict(both, signed(BODY, "the-new-secret")) is Verdict.GENUINE


def test_an_empty_body_can_be_signed() -> None:
    assert _verdict(_source(SECRET), signed(b""), b"") is Verdict.GENUINE


@pytest.mark.parametrize("place", range(len(BODY)))
def test_a_flipped_bit_anywhere_is_a_forgery(place: int) -> None:
    flipped = bytearray(BODY)
    flipped[place] ^= 1
    assert _verdict(_source(SECRET), signed(BODY), bytes(flipped)) is Verdict.FORGED


def test_another_timestamp_is_a_forgery() -> None:
    headers = signed(BODY) | {"x-zendesk-webhook-signature-timestamp": "2026-03-02T10:00:01Z"}
    assert _verdict(_source(SECRET), headers) is Verdict.FORGED


def test_another_secret_is_a_forgery() -> None:
    assert _verdict(_source(SECRET), signed(BODY, "somebody-else's")) is Verdict.FORGED


def test_without_a_configured_secret_everything_is_a_forgery() -> None:
    assert _verdict(_source(), signed(BODY, "")) is Verdict.FORGED


@pytest.mark.parametrize("missing", ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"])
def test_a_missing_header_is_a_forgery(missing: str) -> None:
    headers = signed(BODY)
    del headers[missing]
    assert _verdict(_source(SECRET), headers) is Verdict.FORGED


@pytest.mark.parametrize("text", ["", "=", "ü", "AAAA", "not base64!", " " * 9000])
def test_a_signature_that_is_none_is_a_forgery(text: str) -> None:
    assert _verdict(_source(SECRET), signed(BODY) | {"x-zendesk-webhook-signature": text}) is Verdict.FORGED


@pytest.mark.parametrize(
    ("timestamp", "verdict"),
    [
        (NOW_TEXT, Verdict.GENUINE),
        ("2026-03-02T09:55:00Z", Verdict.GENUINE),
        ("2026-03-02T09:54:59Z", Verdict.STALE),
        ("2026-03-02T10:05:00Z", Verdict.GENUINE),
        ("2026-03-02T10:05:01Z", Verdict.STALE),
        ("yesterday", Verdict.STALE),
        ("", Verdict.STALE),
    ],
)
def test_an_authentic_timestamp_is_fresh_within_five_minutes(timestamp: str, verdict: Verdict) -> None:
    assert _verdict(_source(SECRET), signed(BODY, timestamp=timestamp)) is verdict


def test_digests_that_cannot_be_read_equal_nothing() -> None:
    assert from_base64("%%%") == b""
    assert from_hex("xyz") == b""
    assert from_hex("00ff") == b"\x00\xff"


KEY = "an-unguessable-key"
BASIC = {"user": b64encode(f"{KEY}:X".encode()).decode(), "password": b64encode(f"anybody:{KEY}".encode()).decode()}


@pytest.mark.parametrize(
    "sent",
    [
        Sent({"x-deskpulse-key": KEY}, BODY),
        Sent({"authorization": f"Bearer {KEY}"}, BODY),
        Sent({"authorization": KEY}, BODY),
        Sent({"authorization": f"Basic {BASIC['user']}"}, BODY),
        Sent({"authorization": f"basic {BASIC['password']}"}, BODY),
        Sent({}, BODY, url_key=KEY),
    ],
)
def test_a_key_is_taken_wherever_a_vendor_can_put_it(sent: Sent) -> None:
    assert Keyed()(_source("the-old-one", KEY), sent, NOW_MS) is Verdict.GENUINE
    assert Keyed()(_source("another"), sent, NOW_MS) is Verdict.FORGED
    assert Keyed()(_source(), sent, NOW_MS) is Verdict.FORGED


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic Og==", "Basic %%%", "Bearer ", f"Digest {KEY}", "Basic \u00fc"])
def test_what_is_no_key_is_none_also_where_a_secret_is_empty(authorization: str) -> None:
    sent = Sent({"authorization": authorization, "x-deskpulse-key": ""}, BODY)
    assert Keyed()(_source("", KEY), sent, NOW_MS) is Verdict.FORGED


def test_a_key_that_cannot_be_decoded_signs_nothing() -> None:
    scheme = Signed(signature="x-signature", digest=from_hex, key=hex_decoded)
    unreadable = Sent({"x-signature": hmac.digest(b"", BODY, "sha256").hex()}, BODY)
    assert scheme(_source("no hex"), unreadable, NOW_MS) is Verdict.FORGED
    right = Sent({"x-signature": hmac.digest(b"\x00\xff", BODY, "sha256").hex()}, BODY)
    assert scheme(_source("no hex", "00ff"), right, NOW_MS) is Verdict.GENUINE


def test_a_scheme_that_signs_no_time_is_never_stale() -> None:
    scheme = Signed(signature="x-signature", digest=from_hex)
    sent = Sent({"x-signature": hmac.digest(b"secret", BODY, "sha256").hex()}, BODY)
    assert scheme(_source("secret"), sent, 10 * NOW_MS) is Verdict.GENUINE


def test_timestamps_in_numbers() -> None:
    assert (milliseconds("1772445600000"), seconds("1772445600")) == (NOW_MS, NOW_MS)
    assert [milliseconds(text) for text in ("", "-1", "1.5", "\u0663", "9" * 5000)] == [None] * 5
