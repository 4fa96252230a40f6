"""Applies the settings of the configured accounts to the configured log."""

from __future__ import annotations

from deskpulse.applying import Applied, Applying, apply
from deskpulse.clock import now_from
from deskpulse.database import Database
from deskpulse.settings import Settings
from deskpulse.wiring.logins import access
from deskpulse.wiring.names import sink_group, topic


def apply_settings(settings: Settings) -> Applied:
    database = Database(access(settings, "reader"))
    try:
        return apply(
            settings.accounts,
            Applying(
                client=settings.kafka.client(),
                topic=topic(settings, "ticket-events"),
                sink_group=sink_group(settings),
                database=database,
                now_ms=now_from(settings.injected_clock),
            ),
        )
    finally:
        database.close()
