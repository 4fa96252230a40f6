"""Brings everything up in order, keeps it up, and takes it down in order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from deskpulse.applying import Applied, ApplyError
from deskpulse.local_kafka import LocalKafkaError
from deskpulse.local_kafka.jars import Progress, class_path
from deskpulse.local_kafka.power import boot_id, went_down
from deskpulse.running.parts import servers, services
from deskpulse.settings import Settings
from deskpulse.supervisor import PartFailedError, Supervisor
from deskpulse.supervisor.run import AlreadyRunningError
from deskpulse.topics import TopicsError, ensure_topics
from deskpulse.wiring.apply import apply_settings
from deskpulse.wiring.migrate import MigrateError, migrate_database
from deskpulse.wiring.topics import installation

log = logging.getLogger(__name__)

_SERVERS_WITHIN_S = 90.0
_SERVICES_WITHIN_S = 60.0


class StackError(Exception):
    """Something could not be brought up; the message is for the person at the terminal."""


class Stack:
    """`up`, then `look` again and again, then `down`. Used by one thread."""

    def __init__(self, settings: Settings, file: Path | None, workers: int = 1) -> None:
        self.settings = settings
        self._workers = workers
        environment = {"DESKPULSE_CONFIG": str(file.resolve())} if file else {}
        # Every part sees the same folder, wherever it was started.
        environment["DESKPULSE_DATA"] = str(settings.data.resolve())
        self.supervisor = Supervisor(settings.data, environment)
        self.after_power_loss = False

    def fetch(self, progress: Progress) -> None:
        """Downloads here and not in the broker's process, so that their progress is seen. Nothing happens when all is there."""
        if self.settings.kafka.is_local:
            try:
                class_path(progress)
            except LocalKafkaError as error:
                raise StackError(str(error)) from error

    def up(self, say: Callable[[str], None], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Raises StackError; what was started by then is still to be taken `down`."""
        try:
            self._up(say, meanwhile)
        except (PartFailedError, AlreadyRunningError, LocalKafkaError, TopicsError, MigrateError, ApplyError) as error:
            raise StackError(str(error)) from error

    def _up(self, say: Callable[[str], None], meanwhile: Callable[[], None]) -> None:
        settings = self.settings
        # 1. Alone, and nothing of a killed predecessor left.
        if ended := self.supervisor.take_over():
            say(f"Ended what a killed Deskpulse had left running: {', '.join(ended)}")
        # 2. Before the broker removes the mark of a clean shutdown.
        if settings.kafka.is_local:
            self.after_power_loss = went_down(settings.data / "kafka", boot_id())
        # 3. The servers, both at once.
        local = servers(settings)
        self.supervisor.start(local)
        self.supervisor.wait_ready([part.name for part in local], _SERVERS_WITHIN_S, meanwhile)
        # 4. What the services expect to find.
        ensure_topics(settings.kafka.client(), installation(settings))
        migrate_database(settings)
        applied = apply_settings(settings)
        say(_said(applied))
        # 5. The services. Files of earlier runs would say they are ready.
        for old in (settings.data / "status").glob("*.json"):
            old.unlink()
        wanted = services(settings, self._workers)
        self.supervisor.start(wanted)
        self.supervisor.wait_ready([part.name for part in wanted], _SERVICES_WITHIN_S, meanwhile)

    def look(self) -> None:
        self.supervisor.look()

    def down(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.supervisor.end(meanwhile)


def _said(applied: Applied) -> str:
    parts = [f"{word}: {', '.join(names)}" for word, names in (("new", applied.new), ("changed", applied.changed)) if names]
    return "Account settings " + ("; ".join(parts) if parts else "unchanged")
