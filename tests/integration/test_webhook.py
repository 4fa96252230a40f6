"""The webhook on a real socket: whatever a receiver answers is an outcome."""

from __future__ import annotations

import pytest

from sinks import alert as alerts
from sinks.notifiers.destination import Failed
from sinks.notifiers.webhook import Webhook
from sinks.settings import WebhookSettings
from tests.receiver import SECRET, Receiver, status
from tests.unit.test_notifier_decisions import message


@pytest.mark.parametrize(("location", "why"), [("/elsewhere", "answered 302"), ("https:login", "not reached: InvalidURL")])
def test_a_redirect_to_anywhere_is_a_failed_attempt(location: str, why: str) -> None:
    with Receiver([status(302, location=location)]) as receiver:
        hook = Webhook(WebhookSettings("hook", receiver.url, (SECRET,), allow_private=True))
        assert hook.send(alerts.read(message()), b"{}") == Failed(why)
