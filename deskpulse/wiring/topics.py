"""How the declared topics are made on the configured cluster."""

from __future__ import annotations

from deskpulse.settings import Settings
from deskpulse.topics import Installation

_DAY_MS = 86_400_000


def installation(settings: Settings) -> Installation:
    kept = settings.retention.log_days
    return Installation(
        partitions=settings.kafka.partitions,
        replication_factor=settings.kafka.replication,
        min_insync_replicas=settings.kafka.min_insync,
        prefix=settings.kafka.prefix,
        overrides={"ticket-events": {"retention.ms": str(kept * _DAY_MS)}} if kept else {},
    )
