"""Which processes a configuration needs, and when each is ready."""

from __future__ import annotations

import httpx

from deskpulse.database import Database
from deskpulse.local_kafka.ready import Answer
from deskpulse.settings import Settings
from deskpulse.supervisor import Part, Stage
from deskpulse.wiring.logins import access

_ASK_S = 1.0


def servers(settings: Settings) -> list[Part]:
    """The local ones, none for those that the configuration says are elsewhere."""
    found = []
    if settings.kafka.is_local:
        broker = Answer(settings.kafka.port)
        found.append(Part("kafka", ("kafka",), Stage.BROKER, broker.is_there, end_within_s=30.0))
    if settings.clickhouse.is_local:
        found.append(Part("clickhouse", ("clickhouse",), Stage.DATABASE, lambda: _answers(settings), end_within_s=30.0))
    return found


def services(settings: Settings, workers: int) -> list[Part]:
    folding = [_worker(settings, f"worker-{number}") for number in range(1, workers + 1)]
    return [
        Part("gateway", ("gateway",), Stage.SERVICE, lambda: _is_healthy(settings.gateway.local_url)),
        *folding,
        Part("sink", ("sink", "--instance", "sink-1"), Stage.SERVICE),
        Part("notify", ("notify", "--instance", "notify-1"), Stage.SERVICE),
    ]


def _worker(settings: Settings, name: str) -> Part:
    """Ready when it has said how far it is."""
    status = settings.data / "status" / f"{name}.json"
    return Part(name, ("worker", "--instance", name), Stage.SERVICE, status.exists, end_within_s=25.0)


def _answers(settings: Settings) -> bool:
    database = Database(access(settings, "reader"), timeout_s=_ASK_S)
    try:
        return database.answers()
    finally:
        database.close()


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=_ASK_S, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
