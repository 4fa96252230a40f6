"""Names at the broker that more than one part must agree on."""

from __future__ import annotations

from deskpulse.settings import Settings


def topic(settings: Settings, name: str) -> str:
    return settings.kafka.prefix + name


def app_id(settings: Settings) -> str:
    """The workers' consumer group, and the beginning of their transactional ids."""
    return f"{settings.kafka.prefix}deskpulse"


def sink_group(settings: Settings) -> str:
    return f"{settings.kafka.prefix}deskpulse-sink"


def notify_group(settings: Settings) -> str:
    return f"{settings.kafka.prefix}deskpulse-notify"
