"""All parts as `deskpulse up` runs them, on a clock of their own: a morning of the recent past in less than a minute."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import clickhouse_connect
import yaml
from clickhouse_connect.driver.client import Client

from deskpulse.clock import Clock, wall_ms
from deskpulse.local_kafka.ports import free_port
from deskpulse.running import Stack
from deskpulse.settings import Settings, load
from deskpulse.wiring.apply import apply_settings
from deskpulse.wiring.logins import access
from tests.integration.golden.doors import Doors, secret_of, token_of
from tests.integration.golden.moved import DAY_MS, HOUR_MS, SOURCE, Moved

RATE = 400
_LEAD_MS = 12_000
"""On the wall, until the services are there."""
_OPENS_MS = 5 * HOUR_MS + 50 * 60_000
"""Of the played day, what the clock shows then: ten minutes before anything must be told in time."""
_KEPT = frozenset({"DESKPULSE_KAFKA_HOME", "DESKPULSE_MAVEN_URL"})


def played_day_ms() -> int:
    """The beginning of the day before yesterday: the clock stays in the past for as long as a test may take."""
    return wall_ms() // DAY_MS * DAY_MS - 2 * DAY_MS


@dataclass
class Running:
    """Everything is up; `look` keeps it up and is called often."""

    stack: Stack
    clock: Clock
    doors: Doors
    reader: Client
    file: Path

    def now_ms(self) -> int:
        return self.clock.at(wall_ms())

    def look(self) -> None:
        self.stack.look()

    def apply(self, accounts: Sequence[tuple[Moved, str]], nth: int) -> None:
        """Their nth settings are in the log, dated now; all others stay as they are."""
        settings = _written(self.file, accounts, nth)
        apply_settings(settings.model_copy(update={"clock": str(self.clock)}))


@contextmanager
def running(folder: Path, accounts: Sequence[tuple[Moved, str]], day_ms: int) -> Iterator[Running]:
    """`accounts` with the vendor of each one's source."""
    # What is set for a real installation must not reach this one.
    ours = {name: value for name, value in os.environ.items() if name.startswith("DESKPULSE_") and name not in _KEPT}
    for name in ours:
        del os.environ[name]
    file = folder / "deskpulse.yaml"
    settings = _written(file, accounts, 0)
    stack = Stack(settings, file, tethered=True)
    try:
        stack.fetch(lambda *_: None)
        stack.servers_up(_silent, _nothing)
        clock = Clock(day_ms + _OPENS_MS, Fraction(RATE), wall_ms() + _LEAD_MS)
        stack.services_up(_silent, _nothing, clock=str(clock))
        reader = access(settings, "reader")
        host, _, port = reader.address.removeprefix("http://").partition(":")
        client = clickhouse_connect.get_client(
            host=host,
            port=int(port),
            username=reader.user,
            password=reader.password,
            database=reader.database,
            autogenerate_session_id=False,
        )
        doors = Doors(settings.gateway.local_url, lambda: clock.at(wall_ms()))
        yield Running(stack, clock, doors, client, file)
        client.close()
        client.close_connections()
        doors.close()
    finally:
        stack.down()
        os.environ.update(ours)


def _written(file: Path, accounts: Sequence[tuple[Moved, str]], nth: int) -> Settings:
    ports = _ports(file.parent)
    tree: dict[str, Any] = {
        "accounts": {moved.account: _account(moved, vendor, nth) for moved, vendor in accounts},
        "kafka": {"port": ports[0]},
        "clickhouse": {"port": ports[1]},
        "gateway": {"port": ports[2]},
        "data": str(file.parent / "data"),
    }
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    return load(file)


def _account(moved: Moved, vendor: str, nth: int) -> dict[str, Any]:
    proof: dict[str, Any] = (
        {"secrets": [secret_of(moved.account)], "tolerance": "2h"}
        if vendor == "zendesk"
        else {"tokens": [token_of(moved.account)]}
    )
    told = moved.settings()
    return {
        "customer_key": f"key-of-the-tests-for-{moved.account}",
        **told[min(nth, len(told) - 1)],
        "sources": {SOURCE: {"vendor": vendor, **proof}},
    }


def _ports(folder: Path) -> list[int]:
    """Free ones, the same for every configuration of the folder."""
    kept = folder / "ports"
    if not kept.exists():
        found: set[int] = set()
        while len(found) < 3:
            found.add(free_port())
        kept.write_text(" ".join(str(port) for port in found))
    return [int(port) for port in kept.read_text().split()]


def _silent(_line: str) -> None:
    pass


def _nothing() -> None:
    pass
