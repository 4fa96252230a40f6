"""Signed Zendesk webhooks through the gateway into Apache Kafka: how many a second on one core, and how long each waits.

    python -m bench.gateway_load [--seconds 10] [--rate 2000]

The gateway has a core of its own where the machine has two; the broker and the sender share the rest. `full` keeps 64 connections
busy; `paced` sends at a fixed rate, and counts each wait from the instant at which the request was due, so that a stall is not
hidden by the requests that could not be sent meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hmac
import json
import multiprocessing
import os
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import psutil
import uvloop

from deskpulse.clock import wall_ms
from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from ingest.gateway import run
from ingest.settings import GatewaySettings, Rate, Source, Sources

SECRET = b"secret-of-the-benchmark"
ACCOUNTS = 100
CONNECTIONS = 64
PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Measured:
    per_s: float
    per_core_s: float
    """Of the gateway's own CPU time."""
    p50_ms: float
    p99_ms: float
    worst_ms: float
    appended_50_ms: float
    """The share of appends that the broker confirmed within 50 ms, by the gateway's own histogram."""
    errors: int


def body(number: int) -> bytes:
    """About 900 bytes, as Zendesk sends them."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "000Z")
    detail = {
        "id": str(number),
        "actor_id": "9012345670007",
        "status": "OPEN",
        "priority": "HIGH",
        "type": "QUESTION",
        "is_public": True,
        "brand_id": "360001234567",
        "group_id": "360009876543",
        "requester_id": f"9012345{number:06}",
        "submitter_id": f"9012345{number:06}",
        "assignee_id": None,
        "organization_id": None,
        "external_id": None,
        "subject": "Where is my parcel",
        "description": "Hello, where is it? " * 5,
        "tags": ["returns", "vip"],
        "via": {"channel": "chat"},
        "created_at": "2026-03-02T09:20:03Z",
        "updated_at": "2026-03-02T09:41:18Z",
    }
    comment = {
        "id": str(number),
        "body": "Your label is on its way.",
        "is_public": True,
        "author": {"id": "9012345670007", "is_staff": True, "name": "Ana Field"},
    }
    return json.dumps(
        {
            "type": "zen:event-type:ticket.comment_added",
            "account_id": 10457731,
            "id": f"bench-{number}",
            "time": now,
            "zendesk_event_version": "2022-11-06",
            "subject": f"zen:ticket:{number}",
            "detail": detail,
            "event": {"comment": comment},
        },
        separators=(",", ":"),
    ).encode()


def signed(sent: bytes) -> tuple[bytes, bytes]:
    """The signature that proves a body, and its time, which is now."""
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return base64.b64encode(hmac.digest(SECRET, timestamp + sent, "sha256")), timestamp


def _requests(count: int) -> list[bytes]:
    made = []
    for number in range(count):
        sent = body(number)
        made.append(
            b"POST /v1/webhooks/account%d/zendesk HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nx-zendesk-webhook-signature: %b\r\nx-zendesk-webhook-signature-timestamp: %b\r\n\r\n%b"
            % (number % ACCOUNTS, len(sent), *signed(sent), sent)
        )
    return made


def sources() -> Sources:
    everything = Rate(per_s=1e9, burst=1e9)
    return Sources.of(
        Source(f"account{number}", "zendesk", "zendesk", b"key", secrets=(SECRET,), rate=everything) for number in range(ACCOUNTS)
    )


class _Connection(asyncio.Protocol):
    """Keeps one request under way. An answer may come in pieces; all of them end with their JSON's last brace."""

    def __init__(self) -> None:
        self._received = b""
        self._answered: asyncio.Future[bytes] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(b"}") and self._answered is not None and not self._answered.done():
            self._answered.set_result(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> bool:
        """Whether it was answered with 200."""
        assert self._transport is not None
        self._received = b""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return (await self._answered).startswith(b"HTTP/1.1 200")


async def _connections(port: int, count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(_Connection, "127.0.0.1", port))[1] for _ in range(count)]


async def _full(port: int, requests: list[bytes], seconds: float) -> tuple[list[float], int]:
    """Each connection sends its next request when the last one was answered."""
    waits: list[float] = []
    errors = 0
    end_s = time.perf_counter() + seconds
    following = iter(range(10**9))

    async def keep_busy(connection: _Connection) -> None:
        nonlocal errors
        while (began_s := time.perf_counter()) < end_s:
            errors += not await connection.ask(requests[next(following) % len(requests)])
            waits.append(time.perf_counter() - began_s)

    await asyncio.gather(*(keep_busy(connection) for connection in await _connections(port, CONNECTIONS)))
    return waits, errors


async def _paced(port: int, requests: list[bytes], seconds: float, rate: float) -> tuple[list[float], int]:
    """Requests are due at fixed instants, whatever became of those before."""
    waits: list[float] = []
    errors = 0
    idle: asyncio.Queue[_Connection] = asyncio.Queue()
    for connection in await _connections(port, CONNECTIONS * 4):
        idle.put_nowait(connection)

    async def ask(connection: _Connection, request: bytes, due_s: float) -> None:
        nonlocal errors
        errors += not await connection.ask(request)
        waits.append(time.perf_counter() - due_s)
        idle.put_nowait(connection)

    began_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * rate)):
            due_s = began_s + number / rate
            if (ahead_s := due_s - time.perf_counter()) > 0.001:
                await asyncio.sleep(ahead_s)
            group.create_task(ask(await idle.get(), requests[number % len(requests)], due_s))
    return waits, errors


def _serve(bootstrap: str, port: int, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    known = sources()
    run(GatewaySettings(sources=lambda: known, client={"bootstrap.servers": bootstrap}, now_ms=wall_ms), "127.0.0.1", port)


def _wait_until_healthy(port: int) -> None:
    end_s = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)


def _appends(port: int) -> tuple[int, int]:
    """So far: within 50 ms, and all."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if not line.startswith("#"))
    return int(lines['deskpulse_gateway_append_seconds_bucket{le="0.05"}']), int(lines["deskpulse_gateway_append_seconds_count"])


def _measured(waits: list[float], errors: int, took_s: float, cpu_s: float, share: float) -> Measured:
    waits.sort()
    return Measured(
        per_s=len(waits) / took_s,
        per_core_s=len(waits) / cpu_s,
        p50_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[len(waits) * 99 // 100] * 1000,
        worst_ms=waits[-1] * 1000,
        appended_50_ms=share,
        errors=errors,
    )


def measure(seconds: float, rate: float) -> dict[str, Measured]:
    """Starts a broker and a gateway, and ends both."""
    cores = sorted(os.sched_getaffinity(0))
    own = cores[0] if len(cores) > 1 else None
    if own is not None:
        os.sched_setaffinity(0, set(cores[1:]))
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder), free_port(), die_with_parent=True) as broker:
        ensure_topics({"bootstrap.servers": broker.bootstrap}, Installation(partitions=PARTITIONS))
        port = free_port()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(broker.bootstrap, port, own), daemon=True)
        process.start()
        try:
            _wait_until_healthy(port)
            gateway = psutil.Process(process.pid)
            requests = _requests(20_000)
            uvloop.run(_full(port, requests, 2.0))  # warms up broker, gateway and sender
            for name, load in (("full", _full(port, requests, seconds)), ("paced", _paced(port, requests, seconds, rate))):
                before = _appends(port)
                cpu_s, began_s = sum(gateway.cpu_times()[:2]), time.perf_counter()
                waits, errors = uvloop.run(load)
                took_s, used_s = time.perf_counter() - began_s, sum(gateway.cpu_times()[:2]) - cpu_s
                quick, appends = (now - then for now, then in zip(_appends(port), before, strict=True))
                found[name] = _measured(waits, errors, took_s, used_s, quick / max(1, appends))
        finally:
            process.terminate()
            process.join(15)
    if own is not None:
        os.sched_setaffinity(0, set(cores))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=2000.0)
    asked = parser.parse_args()
    for name, result in measure(asked.seconds, asked.rate).items():
        print(
            f"{name:6} {result.per_s:8.0f}/s {result.per_core_s:8.0f} per core-second   "
            f"p50 {result.p50_ms:6.1f} ms  p99 {result.p99_ms:6.1f} ms  worst {result.worst_ms:6.1f} ms  "
            f"appended within 50 ms {result.appended_50_ms:.2%}  errors {result.errors}"
        )


if __name__ == "__main__":
    main()
