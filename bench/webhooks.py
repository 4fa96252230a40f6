"""Zendesk webhooks at a fixed pace over HTTP, each ticket opened, answered and solved; and when each was accepted."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

_CONNECTIONS = 64
_ANSWER_AFTER_S = 3
_SOLVE_AFTER_S = 6
_MINUTE_MS = 60_000
_AGENT, _CUSTOMER = "9012345670007", "9012345670123"


@dataclass(frozen=True, slots=True)
class Sent:
    id: str
    account: str
    ticket: str
    at_ms: int
    """The event's own time: when it was sent."""
    accepted_ms: int
    """When the answer 200 was here."""


@dataclass(slots=True)
class Posted:
    sent: list[Sent] = field(default_factory=list)
    refused: int = 0
    most_behind_ms: float = 0.0
    """How late a webhook was sent at most."""


@dataclass(frozen=True, slots=True)
class Shops:
    count: int
    secret: str = field(repr=False)

    def name(self, number: int) -> str:
        return f"shop-{number % self.count:02}"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


async def post(port: int, shops: Shops, rate: int, seconds: float) -> Posted:
    """Every webhook is due at its instant, whatever became of those before."""
    loop = asyncio.get_running_loop()
    idle: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        idle.put_nowait((await loop.create_connection(_Connection, "127.0.0.1", port))[1])
    posted = Posted()

    async def one(connection: _Connection, slot: int) -> None:
        at_ms = wall_ms()
        account, ticket, request = _request(shops, slot, rate, at_ms)
        accepted = await connection.ask(request)
        if accepted:
            posted.sent.append(Sent(f"bench-{slot}", account, ticket, at_ms, wall_ms()))
        else:
            posted.refused += 1
        idle.put_nowait(connection)

    began_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for slot in range(int(rate * seconds)):
            due_s = began_s + slot / rate
            while (ahead_s := due_s - time.perf_counter()) > 0:  # noqa: ASYNC110 - a pace, not an event
                await asyncio.sleep(ahead_s)
            connection = await idle.get()
            posted.most_behind_ms = max(posted.most_behind_ms, (time.perf_counter() - due_s) * 1000)
            group.create_task(one(connection, slot))
    while not idle.empty():
        idle.get_nowait().close()
    return posted


def _request(shops: Shops, slot: int, rate: int, at_ms: int) -> tuple[str, str, bytes]:
    """Of three slots one opens, one answers, one solves; as long as there is nothing to answer, it opens too."""
    answered, solved = slot // 3 * 3 - _ANSWER_AFTER_S * rate // 3 * 3, slot // 3 * 3 - _SOLVE_AFTER_S * rate // 3 * 3
    if slot % 3 == 1 and answered >= 0:
        ticket, kind, event = answered, "ticket.comment_added", _comment(slot)
    elif slot % 3 == 2 and solved >= 0:
        ticket, kind, event = solved, "ticket.status_changed", {"current": "SOLVED", "previous": "OPEN"}
    else:
        ticket, kind, event = slot, "ticket.created", {}
    account = shops.name(ticket // 3)
    actor = _CUSTOMER if kind == "ticket.created" else _AGENT
    body = json.dumps(
        {
            "type": f"zen:event-type:{kind}",
            "account_id": 10457731,
            "id": f"bench-{slot}",
            "time": _instant(at_ms),
            "zendesk_event_version": "2022-11-06",
            "subject": f"zen:ticket:{ticket}",
            "detail": _detail(ticket, actor, at_ms),
            "event": event,
        },
        separators=(",", ":"),
    ).encode()
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    signature = base64.b64encode(hmac.digest(shops.secret.encode(), timestamp + body, "sha256"))
    head = (
        b"POST /v1/webhooks/%b/zendesk HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
        b"x-zendesk-webhook-signature: %b\r\nx-zendesk-webhook-signature-timestamp: %b\r\n\r\n"
    )
    return account, str(ticket), head % (account.encode(), len(body), signature, timestamp) + body


def _comment(slot: int) -> dict[str, object]:
    author = {"id": _AGENT, "is_staff": True, "name": "Ana Field"}
    return {"comment": {"id": str(slot), "body": "Your label is on its way.", "is_public": True, "author": author}}


def _detail(ticket: int, actor: str, at_ms: int) -> dict[str, object]:
    # A channel for each minute: an episode is open on the one before, and a label alerts once.
    channel = ("chat", "email", "facebook")[at_ms // _MINUTE_MS % 3]
    return {
        "id": str(ticket),
        "actor_id": actor,
        "status": "OPEN",
        "priority": "HIGH",
        "is_public": True,
        "brand_id": "360001234567",
        "group_id": "360009876543",
        "requester_id": _CUSTOMER,
        "submitter_id": _CUSTOMER,
        "assignee_id": None,
        "subject": "Where is my parcel",
        "description": "Hello, where is it? " * 5,
        "tags": ["returns", "vip"],
        "via": {"channel": channel},
        "created_at": _instant(at_ms),
        "updated_at": _instant(at_ms),
    }


def _instant(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


class _Connection(asyncio.Protocol):
    """One request under way at a time; every answer of the gateway ends with its JSON's last brace."""

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
            self._answered.set_exception(exc or ConnectionResetError("the gateway closed the connection"))

    async def ask(self, request: bytes) -> bool:
        """Whether it was answered with 200."""
        assert self._transport is not None
        self._received = b""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return (await self._answered).startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def start_at_second(second: int, now: Callable[[], int] = wall_ms) -> float:
    """How many seconds until the wall shows that second of a minute."""
    return ((second * 1000 - now()) % _MINUTE_MS) / 1000
