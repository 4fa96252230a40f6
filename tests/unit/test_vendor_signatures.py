"""Signatures that helpdesks publish, and values of ours for those that publish none: they hold our reading of the documentation."""

from __future__ import annotations

from time import process_time

import pytest

from ingest.settings import Source
from ingest.signatures import freescout_key
from ingest.vendors import VENDORS
from ingest.verify import Sent, Verdict, compact
from tests.deliveries import signing
from tests.doors import NOW_MS

HUBSPOT_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
HUBSPOT_BODY = b"{'example_field':'example_value'}"
HUBSPOT_URL = "https://www.example.com/webhook_uri"
HUBSPOT_MS = 1_693_657_560_000
H1 = "69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750"
H2 = "4fe4e3a7d3cf09db53be39d0a58130e2aaba074ec123a9e355b876a689a1c383"
H2_GET = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
H3 = "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="
BODY = '{"id":1,"s":"héllo ☃"}'.encode()


def _verdict(vendor: str, secret: str, sent: Sent, now_ms: int) -> Verdict:
    return VENDORS[vendor].verify(Source("acme", "desk", vendor, b"key", secrets=(secret.encode(),)), sent, now_ms)


def _hubspot_v3(url: str = HUBSPOT_URL, signature: str = H3, method: str = "POST") -> Sent:
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": str(HUBSPOT_MS)}
    return Sent(headers, HUBSPOT_BODY, method=method, url=url)


def _hubspot_hash(version: str, signature: str, body: bytes = HUBSPOT_BODY, method: str = "POST") -> Sent:
    headers = {"x-hubspot-signature-version": version, "x-hubspot-signature": signature}
    return Sent(headers, body, method=method, url=HUBSPOT_URL)


@pytest.mark.parametrize(
    ("vendor", "sent"),
    [
        ("hubspot", _hubspot_v3()),
        ("hubspot_v1", _hubspot_hash("v1", H1)),
        ("hubspot_v1", _hubspot_hash("v1", H1.upper())),
        ("hubspot_workflow", _hubspot_hash("v2", H2)),
        ("hubspot_workflow", _hubspot_hash("v2", H2_GET, b"", "GET")),
    ],
)
def test_published_signatures_of_hubspot_verify(vendor: str, sent: Sent) -> None:
    assert _verdict(vendor, HUBSPOT_SECRET, sent, HUBSPOT_MS) is Verdict.GENUINE
    assert _verdict(vendor, HUBSPOT_SECRET + "y", sent, HUBSPOT_MS) is Verdict.FORGED


@pytest.mark.parametrize(
    ("vendor", "sent"),
    [
        ("hubspot", _hubspot_v3(method="PUT")),
        ("hubspot", _hubspot_v3(url=HUBSPOT_URL + "?team=1")),
        ("hubspot", _hubspot_v3(url=HUBSPOT_URL.replace("https", "http"))),
        ("hubspot", _hubspot_hash("v1", H1)),
        ("hubspot_v1", _hubspot_hash("v2", H1)),
        ("hubspot_v1", _hubspot_hash("v2", H2)),
        ("hubspot_workflow", _hubspot_hash("v1", H1)),
        ("hubspot_workflow", _hubspot_hash("v2", H2, b"", "GET")),
    ],
)
def test_another_method_address_or_version_is_a_forgery(vendor: str, sent: Sent) -> None:
    assert _verdict(vendor, HUBSPOT_SECRET, sent, HUBSPOT_MS) is Verdict.FORGED


def test_hubspot_signs_an_address_with_some_characters_decoded() -> None:
    # Computed over `...?to=a:b/c?d@e!$'()*,;&q=%20x`: the blank stays as it was sent.
    called = HUBSPOT_URL + "?to=a%3Ab%2Fc%3fd%40e%21%24%27%28%29%2a%2C%3B&q=%20x"
    signature = "/vYl/geN4/p+0g1nH6w36ilRIkl6k+put2cMFfz2kjI="
    assert _verdict("hubspot", HUBSPOT_SECRET, _hubspot_v3(called, signature), HUBSPOT_MS) is Verdict.GENUINE


def test_hubspot_is_stale_after_five_minutes() -> None:
    assert _verdict("hubspot", HUBSPOT_SECRET, _hubspot_v3(), HUBSPOT_MS + 300_000) is Verdict.GENUINE
    assert _verdict("hubspot", HUBSPOT_SECRET, _hubspot_v3(), HUBSPOT_MS + 300_001) is Verdict.STALE
    assert VENDORS["hubspot"].stale == "refuse"


@pytest.mark.parametrize(
    ("vendor", "secret", "headers", "now_ms"),
    [
        (
            "chatwoot",
            "test-secret",
            {
                "x-chatwoot-timestamp": "1768471200",
                "x-chatwoot-signature": "sha256=26b4bb85d0ae4c48a75e3c5c255236f6b901631006f5340e4558df82e657d944",
            },
            1_768_471_200_000,
        ),
        (
            "crisp",
            "test-secret",
            {
                "x-crisp-request-timestamp": "1506985696616",
                "x-crisp-signature": "e04429999fc4a31bd7fd07863aa1600abb7d0eabef8c403527f550a38b2b0047",
            },
            1_506_985_696_616,
        ),
        (
            "dixa",
            "00112233445566778899aabbccddeeff",
            {"x-dixa-signature": "t=1768471200000,v1=2730c9d468f7feac6226b4e5e718687ba40a80094d47426724b520b7c628356e"},
            1_768_471_200_000,
        ),
        (
            "dixa",
            "00112233445566778899aabbccddeeff",
            {"x-dixa-signature": "v1=2730c9d468f7feac6226b4e5e718687ba40a80094d47426724b520b7c628356e, t=1768471200000"},
            1_768_471_200_000,
        ),
        ("freescout", "base64:APPKEY", {"x-freescout-signature": "U+8RmL3lwQSN1e+WfzeucY9XXJE="}, NOW_MS),
        ("freescout", "da999e933c99fe16b3465b083c3f1192", {"x-freescout-signature": "U+8RmL3lwQSN1e+WfzeucY9XXJE="}, NOW_MS),
    ],
)
def test_what_the_documentation_describes_verifies(vendor: str, secret: str, headers: dict[str, str], now_ms: int) -> None:
    assert _verdict(vendor, secret, Sent(headers, BODY), now_ms) is Verdict.GENUINE
    assert _verdict(vendor, secret, Sent(headers, BODY + b"x"), now_ms) is Verdict.FORGED


def test_freescouts_key_is_made_of_its_applications_key() -> None:
    assert freescout_key(b"base64:APPKEY") == b"da999e933c99fe16b3465b083c3f1192"
    assert freescout_key(b"da999e933c99fe16b3465b083c3f1192") == b"da999e933c99fe16b3465b083c3f1192"


SHA1 = "sha1=2d30fd97cc0be31ae93f480cd17750df9b6df951"
SHA256 = "sha256=f8e1c14fdc2bf957edcf3dc7dddb4670102b35a3670267873ff7cd18a75a2c99"


@pytest.mark.parametrize(("vendor", "own", "other"), [("jira", SHA256, SHA1), ("zammad", SHA1, SHA256)])
def test_one_header_and_two_algorithms_are_never_both_tried(vendor: str, own: str, other: str) -> None:
    assert _verdict(vendor, "test-secret", Sent({"x-hub-signature": own}, BODY), NOW_MS) is Verdict.GENUINE
    for signature in (other, own.partition("=")[2], other.partition("=")[2]):
        assert _verdict(vendor, "test-secret", Sent({"x-hub-signature": signature}, BODY), NOW_MS) is Verdict.FORGED


@pytest.mark.parametrize("vendor", ["chatwoot_unsigned", "crisp_website", "groove", "jira_automation"])
def test_a_key_in_the_address_is_taken_and_no_other(vendor: str) -> None:
    assert _verdict(vendor, "the-key", Sent({}, BODY, url_key="the-key"), NOW_MS) is Verdict.GENUINE
    assert _verdict(vendor, "the-key", Sent({}, BODY, url_key="the-kex"), NOW_MS) is Verdict.FORGED
    assert _verdict(vendor, "the-key", Sent({}, BODY), NOW_MS) is Verdict.FORGED


def test_who_never_sends_again_is_marked() -> None:
    never = {name for name, row in VENDORS.items() if not row.redelivers}
    assert {"chatwoot", "chatwoot_unsigned", "crisp_website"} <= never
    assert {"crisp", "hubspot", "jira", "kustomer", "zammad"}.isdisjoint(never)


INTERCOM_SECRET = "intercom-client-secret-for-testing"


@pytest.mark.parametrize(
    ("body", "digest"),
    [
        (
            '{"type":"notification_event","app_id":"abc123","data":{"type":"notification_event_data","item":{"type":"ticket","id":"5"}}}',
            "cbf9bf16f89d9cf089ee3500c5ba94595b3aedcd",
        ),
        ("", "791cab26adf4ef564b06818281a43afef3880572"),
        ("héllo, 🦀 world!", "d72606999d26b9d813065af8727267d2e8aecc07"),
    ],
)
def test_published_signatures_of_intercom_verify(body: str, digest: str) -> None:
    sent = Sent({"x-hub-signature": f"sha1={digest}"}, body.encode())
    assert _verdict("intercom", INTERCOM_SECRET, sent, NOW_MS) is Verdict.GENUINE
    assert _verdict("intercom", INTERCOM_SECRET, Sent({"x-hub-signature": digest}, body.encode()), NOW_MS) is Verdict.FORGED
    assert (
        _verdict("intercom", INTERCOM_SECRET, Sent({"x-hub-signature": f"sha256={digest}"}, body.encode()), NOW_MS)
        is Verdict.FORGED
    )


@pytest.mark.parametrize(
    ("vendor", "headers", "now_ms"),
    [
        ("helpscout", {"x-helpscout-signature": "LTD9l8wL4xrpP0gM0XdQ35tt+VE="}, NOW_MS),
        (
            "front",
            {"x-front-signature": "B+KcTkEsL9ILOZUJMX9LqPHntCkS3jaMoIcnhHS6u6Y=", "x-front-request-timestamp": "1518309200000"},
            1_518_309_200_000,
        ),
    ],
)
def test_the_constructions_of_help_scout_and_front_stay_as_they_are(vendor: str, headers: dict[str, str], now_ms: int) -> None:
    assert _verdict(vendor, "test-secret", Sent(headers, BODY), now_ms) is Verdict.GENUINE


def test_fronts_two_kinds_share_a_header_and_never_a_signature() -> None:
    for kind, other in (("front", "front_rule"), ("front_rule", "front")):
        sent = signing(kind).sent(b"{}")
        headers = {"x-front-request-timestamp": str(NOW_MS), **sent.headers}
        assert _verdict(kind, signing(kind).secret, Sent(headers, b"{}"), NOW_MS) is Verdict.GENUINE
        assert _verdict(other, signing(kind).secret, Sent(headers, b"{}"), NOW_MS) is Verdict.FORGED


@pytest.mark.parametrize("vendor", ["front_rule", "crisp"])
def test_a_signature_over_the_body_without_its_blanks_is_taken_where_the_vendor_makes_such_and_is_told_apart(vendor: str) -> None:
    tight, spaced = b'{"a b":[1,"x \\" y",null],"c":1.0}', b'{ "a b": [1,\n "x \\" y", null],\t"c": 1.0 }'
    proof = signing(vendor).sent(tight).headers
    secret = signing(vendor).secret
    assert compact(spaced) == tight
    assert _verdict(vendor, secret, Sent(proof, tight), NOW_MS) is Verdict.GENUINE
    assert _verdict(vendor, secret, Sent(proof, spaced), NOW_MS) is Verdict.REWRITTEN
    assert _verdict(vendor, secret, Sent(proof, spaced.replace(b"a b", b"ab")), NOW_MS) is Verdict.FORGED
    hub = signing("intercom")
    assert _verdict("intercom", hub.secret, Sent(hub.sent(tight).headers, spaced), NOW_MS) is Verdict.FORGED


@pytest.mark.parametrize("body", [b'"' * 100_000, b'"\\' * 50_000, b" " * 100_000, b'" ' * 50_000, b"\xff\x00"])
def test_blanks_are_taken_out_of_anything_in_a_moment(body: bytes) -> None:
    began_s = process_time()
    compact(body)
    assert process_time() - began_s < 1
