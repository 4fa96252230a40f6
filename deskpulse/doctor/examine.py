"""Everything in the order of the flow; one part that is down hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from deskpulse.clock import wall_ms
from deskpulse.counted import counted
from deskpulse.doctor.clickhouse import clickhouse
from deskpulse.doctor.finding import Finding, good, look
from deskpulse.doctor.gateway import gateway
from deskpulse.doctor.kafka import kafka
from deskpulse.settings import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    yield _configuration(settings)
    yield _clock(settings)
    yield from gateway(settings)
    yield from kafka(settings)
    yield from clickhouse(settings)


def _configuration(settings: Settings) -> Finding:
    sources = sum(len(account.sources) for account in settings.accounts.values())
    if not sources:
        return look("settings", "no sources are configured", "deskpulse sources add")
    return good("settings", f"{counted(len(settings.accounts), 'account')}, {counted(sources, 'source')}")


def _clock(settings: Settings) -> Finding:
    clock = settings.injected_clock
    if clock is None:
        return good("clock", f"real time, {datetime.fromtimestamp(wall_ms() / 1000, UTC):%Y-%m-%d %H:%M:%SZ}")
    shows = datetime.fromtimestamp(clock.at(wall_ms()) / 1000, UTC)
    return look("clock", f"injected: it shows {shows:%Y-%m-%d %H:%M:%SZ}", "for real use unset `clock` and DESKPULSE_CLOCK")
