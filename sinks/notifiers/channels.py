"""The configured channels, each ready to send."""

from __future__ import annotations

import sys

from sinks.faults import SinkStoppedError
from sinks.notifiers.destination import Destination
from sinks.notifiers.printer import Printer
from sinks.notifiers.webhook import Webhook
from sinks.settings import NotifySettings


def destinations_of(settings: NotifySettings) -> list[Destination]:
    """A SinkStoppedError that says what is wrong with which of them."""
    found: list[Destination] = [Printer(settings.printer, sys.stdout)] if settings.printer else []
    for webhook in settings.webhooks:
        try:
            found.append(Webhook(webhook))
        except ValueError as error:
            raise SinkStoppedError(f"notify.webhooks.{webhook.name}: {error}") from error
    if len({destination.name for destination in found}) < len(found):
        raise SinkStoppedError("Two destinations of alerts have one name: rename one, delivery records go by it.")
    return found
