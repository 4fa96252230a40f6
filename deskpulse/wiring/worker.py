"""What a worker is told."""

from __future__ import annotations

from deskpulse.clock import now_from
from deskpulse.settings import Settings
from deskpulse.wiring.epochs import Epochs
from deskpulse.wiring.names import app_id
from deskpulse.wiring.status import status_file
from streams.partition import Partition
from streams.settings import WorkerSettings


def worker_settings(settings: Settings, instance: str) -> WorkerSettings:
    return WorkerSettings(
        bootstrap=settings.kafka.servers,
        fold_factory=Partition,
        clock_ms=now_from(settings.injected_clock),
        prefix=settings.kafka.prefix,
        app_id=app_id(settings),
        instance_id=instance or None,
        security={name: value.get_secret_value() for name, value in settings.kafka.security.items()},
        status_file=status_file(settings, instance or "worker"),
        least_epoch=Epochs(settings).least,
    )
