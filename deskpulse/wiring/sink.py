"""What the ClickHouse sink is told."""

from __future__ import annotations

from urllib.parse import urlsplit

from deskpulse.settings import Settings
from deskpulse.wiring.logins import access
from deskpulse.wiring.names import sink_group
from deskpulse.wiring.status import status_file
from sinks.settings import ClickHouseSettings, KafkaSettings, Retention, SinkSettings


def sink_settings(settings: Settings, instance: str) -> SinkSettings:
    return SinkSettings(
        kafka=kafka_settings(settings),
        clickhouse=_clickhouse_settings(settings),
        group=sink_group(settings),
        instance=instance,
        retention=Retention(
            ticket_events=settings.retention.events_days,
            facts=settings.retention.facts_days,
            metric_windows=settings.retention.windows_days,
            alerts=settings.retention.alerts_days,
            dead_letters=settings.retention.dead_letters_days,
        ),
        status=status_file(settings, "sink"),
    )


def kafka_settings(settings: Settings) -> KafkaSettings:
    return KafkaSettings(client=settings.kafka.client(), prefix=settings.kafka.prefix)


def _clickhouse_settings(settings: Settings) -> ClickHouseSettings:
    writer = access(settings, "writer")
    address = urlsplit(writer.address)
    secure = address.scheme == "https"
    return ClickHouseSettings(
        host=address.hostname or "",
        port=address.port or (8443 if secure else 8123),
        user=writer.user,
        password=writer.password,
        database=writer.database,
        secure=secure,
    )
