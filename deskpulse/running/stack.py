"""Brings everything up in order, keeps it up, and takes it down in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deskpulse.applying import Applied, ApplyError
from deskpulse.local_kafka import LocalKafkaError
from deskpulse.local_kafka.jars import Progress, class_path
from deskpulse.local_kafka.power import boot_id, went_down
from deskpulse.private import private
from deskpulse.running.parts import servers, services
from deskpulse.settings import Settings
from deskpulse.supervisor import PartFailedError, Supervisor
from deskpulse.supervisor.run import AlreadyRunningError
from deskpulse.topics import TopicsError, ensure_topics
from deskpulse.wiring.apply import apply_settings
from deskpulse.wiring.migrate import MigrateError, migrate_database
from deskpulse.wiring.topics import installation

_SERVERS_WITHIN_S = 90.0
_SERVICES_WITHIN_S = 60.0


Say = Callable[[str], None]
Meanwhile = Callable[[], None]


class StackError(Exception):
    """Something could not be brought up; the message is for the person at the terminal."""


class Stack:
    """`fetch`, `servers_up`, `services_up`, then `look` again and again, then `down`. Used by one thread."""

    def __init__(self, settings: Settings, file: Path | None, workers: int = 1, *, tethered: bool = False) -> None:
        self.settings = settings
        self._workers = workers
        environment = {"DESKPULSE_CONFIG": str(file.resolve())} if file else {}
        # Every part sees the same folder, wherever it was started.
        environment["DESKPULSE_DATA"] = str(settings.data.resolve())
        self.supervisor = Supervisor(settings.data, environment, tethered=tethered)
        self.after_power_loss = False

    def fetch(self, progress: Progress) -> None:
        """Downloads here and not in the broker's process, so that their progress is seen. Nothing happens when all is there."""
        with _told():
            if self.settings.kafka.is_local:
                class_path(progress)

    def servers_up(self, say: Say, meanwhile: Meanwhile) -> None:
        """After this the servers answer, topics exist and the database is current. What was started is to be taken `down`."""
        with _told():
            private(self.settings.data)
            # 1. Alone, and nothing of a killed predecessor left.
            if ended := self.supervisor.take_over():
                say(f"Ended what a killed Deskpulse had left running: {', '.join(ended)}")
            # 2. Before the broker removes the mark of a clean shutdown.
            if self.settings.kafka.is_local:
                self.after_power_loss = went_down(self.settings.data / "kafka", boot_id())
            # 3. Both at once.
            local = servers(self.settings)
            self.supervisor.start(local)
            self.supervisor.wait_ready([part.name for part in local], _SERVERS_WITHIN_S, meanwhile)
            # 4. What the services expect to find.
            ensure_topics(self.settings.kafka.client(), installation(self.settings))
            meanwhile()
            migrate_database(self.settings)

    def services_up(self, say: Say, meanwhile: Meanwhile, clock: str = "") -> None:
        """After this settings are in the log and every service runs. `clock` is handed to all of them."""
        with _told():
            settings = self.settings
            if clock:
                settings = self.settings = settings.model_copy(update={"clock": clock})
                self.supervisor.environment["DESKPULSE_CLOCK"] = clock
            say(_said(apply_settings(settings)))
            if not any(account.sources for account in settings.accounts.values()):
                say("No helpdesk is connected yet. Next: deskpulse sources add")
            # Files of earlier runs would say that a part is ready.
            for old in (settings.data / "status").glob("*.json"):
                old.unlink()
            wanted = services(settings, self._workers)
            self.supervisor.start(wanted)
            self.supervisor.wait_ready([part.name for part in wanted], _SERVICES_WITHIN_S, meanwhile)

    def look(self) -> None:
        self.supervisor.look()

    def down(self, meanwhile: Meanwhile = lambda: None) -> None:
        self.supervisor.end(meanwhile)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (PartFailedError, AlreadyRunningError, LocalKafkaError, TopicsError, MigrateError, ApplyError) as error:
        raise StackError(str(error)) from error


def _said(applied: Applied) -> str:
    parts = [f"{word}: {', '.join(names)}" for word, names in (("new", applied.new), ("changed", applied.changed)) if names]
    return "Account settings " + ("; ".join(parts) if parts else "unchanged")
