"""What the notifier is told."""

from __future__ import annotations

from deskpulse.clock import now_from
from deskpulse.settings import Settings
from deskpulse.wiring.names import notify_group
from deskpulse.wiring.sink import kafka_settings
from deskpulse.wiring.status import status_file
from sinks.settings import NotifySettings, PrinterSettings, WebhookSettings


def notify_settings(settings: Settings, instance: str) -> NotifySettings:
    return NotifySettings(
        kafka=kafka_settings(settings),
        printer=PrinterSettings() if settings.notify.printer else None,
        webhooks=tuple(
            WebhookSettings(
                name=name,
                url=webhook.url,
                secrets=tuple(secret.get_secret_value() for secret in webhook.secrets),
                accounts=frozenset(webhook.accounts),
                allow_private=webhook.allow_private,
            )
            for name, webhook in settings.notify.webhooks.items()
        ),
        group=notify_group(settings),
        instance=instance,
        status=status_file(settings, "notify"),
        now_ms=now_from(settings.injected_clock),
    )
