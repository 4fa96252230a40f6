"""Signatures, addresses and lines: what a receiver gets, and whom we refuse to reach."""

from __future__ import annotations

import io
import json
import socket
import threading
import time

import pytest

from sinks import alert as alerts
from sinks.alert import Alert
from sinks.faults import SinkStoppedError
from sinks.notifiers.address import RefusedAddressError, checked_url, first_allowed, is_public
from sinks.notifiers.channels import destinations_of
from sinks.notifiers.destination import Delivered, Failed, Outcome, TooLarge
from sinks.notifiers.outbox import Waiting
from sinks.notifiers.printer import Printer, line
from sinks.notifiers.sending import Sending
from sinks.notifiers.signature import BadSecretError, headers, key_of
from sinks.notifiers.webhook import MAX_BODY, Webhook, asked_wait_ms
from sinks.settings import KafkaSettings, NotifySettings, PrinterSettings, WebhookSettings
from tests.unit.test_notifier_decisions import message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Their published vector."""
    signed = headers([key_of(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_changed_both_sign() -> None:
    old, new = key_of(SECRET), b"n" * 32
    both = headers([old, new], "id", 1, b"body")["webhook-signature"].split(" ")
    assert both == [headers([key], "id", 1, b"body")["webhook-signature"] for key in (old, new)]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!", "whsec_" + "A" * 92]
)
def test_a_secret_that_is_none_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(BadSecretError) as refused:
        key_of(secret)
    assert str(refused.value) == "A webhook secret is whsec_ followed by base64 of 24 to 64 bytes."


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
        "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::", "64:ff9b::7f00:1", "::127.0.0.1",
        "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_plainly_public_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(RefusedAddressError, match="allow_private"):
        first_allowed([address], allow_private=False)
    assert first_allowed([address], allow_private=True) == address


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_a_public_address_is_reached(address: str) -> None:
    assert first_allowed(["10.0.0.1", address], allow_private=False) == address


@pytest.mark.parametrize(
    "url", ["ftp://a/", "//a/", "https://", "https://user:pw@a/", "https://a:99999/", "https://[::1/", "http://a/"]
)
def test_a_url_that_no_webhook_may_have_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="URL of a webhook") as refused:
        checked_url(url, allow_private=False)
    assert "pw" not in str(refused.value)


def test_what_is_wrong_with_a_channel_is_said_by_its_name() -> None:
    kafka = KafkaSettings({"bootstrap.servers": "nowhere"})
    bad = WebhookSettings("ops", "https://example.com/", ("whsec_short",))
    with pytest.raises(SinkStoppedError, match=r"notify\.webhooks\.ops: A webhook secret is"):
        destinations_of(NotifySettings(kafka, webhooks=(bad,)))
    twice = WebhookSettings("printer", "https://example.com/", (SECRET,))
    with pytest.raises(SinkStoppedError, match="one name"):
        destinations_of(NotifySettings(kafka, webhooks=(twice,)))


def test_no_settings_show_a_secret() -> None:
    shown = repr(
        NotifySettings(KafkaSettings({"sasl.password": "PW"}), webhooks=(WebhookSettings("ops", "https://h/TOKEN", (SECRET,)),))
    )
    assert not any(secret in shown for secret in ("PW", "TOKEN", SECRET))


def test_a_name_that_resolves_to_this_machine_is_not_reached() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1", "::1"]

    hook = Webhook(WebhookSettings("ops", "https://evil.example/", (SECRET,)), resolve=resolve)
    outcome = hook.send(alerts.read(message()), b"{}")
    assert outcome == Failed("the address is not public; for a receiver of your own set allow_private: true")


def test_a_resolver_that_hangs_does_not_outlast_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10) and [])
    began_s = time.monotonic()
    outcome = Webhook(WebhookSettings("ops", "https://a.example/", (SECRET,), timeout_s=0.2)).send(alerts.read(message()), b"{}")
    took_s = time.monotonic() - began_s
    over.set()
    assert outcome == Failed("no answer within 0.2 s")
    assert took_s < 2


def test_a_destination_that_raises_has_failed() -> None:
    class Broken(Printer):
        def send(self, alert: Alert, body: bytes) -> Outcome:
            raise KeyError(alert.send_id, body)

    raw = message()
    waiting, sending = Waiting(alerts.read(raw), raw, "printer", 0, 0), Sending()
    sending.begin(waiting, Broken(PrinterSettings(), io.StringIO()))
    sending.wait(10)
    assert sending.ended() == [(waiting, Failed("raised KeyError"))]
    assert (waiting.is_in_flight, sending.under_way()) == (False, [])


def test_a_body_of_twenty_kilobytes_is_not_sent() -> None:
    hook = Webhook(WebhookSettings("ops", "https://example.com/", (SECRET,)))
    assert hook.send(alerts.read(message()), b"x" * MAX_BODY) == TooLarge()


def test_another_url_is_another_endpoint_and_tells_nothing() -> None:
    one, two = (Webhook(WebhookSettings("ops", f"https://example.com/{path}", (SECRET,))).endpoint for path in ("a", "b"))
    assert one != two
    assert "example" not in one


@pytest.mark.parametrize(
    ("header", "wait_ms"),
    [
        ("120", 120_000),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 50_000),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, wait_ms: int) -> None:
    assert asked_wait_ms(header, now_s=10) == wait_ms


# the printer


def test_an_alert_is_one_readable_line() -> None:
    assert line(alerts.read(message())) == (
        "2025-03-04 10:08Z OPENED   warning  acme  FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)"
    )
    assert line(alerts.read(message(2, "resolved", severity="critical"))).startswith("2025-03-04 10:08Z RESOLVED critical acme  ")


def test_a_name_with_an_escape_sequence_does_not_reach_the_terminal() -> None:
    shown = line(alerts.read(message(summary="FRT on \x1b[2Jchat\n\u202edone")))
    assert shown.isprintable()


def test_on_request_the_line_is_the_message_itself() -> None:
    stream = io.StringIO()
    raw = message()
    assert Printer(PrinterSettings(format="json"), stream).send(alerts.read(raw), raw) == Delivered()
    assert json.loads(stream.getvalue()) == json.loads(raw)
    assert stream.getvalue().count("\n") == 1


def test_a_stream_that_is_closed_is_a_failed_attempt() -> None:
    stream = io.StringIO()
    stream.close()
    assert isinstance(Printer(PrinterSettings(), stream).send(alerts.read(message()), b""), Failed)
