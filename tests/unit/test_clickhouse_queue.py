"""How many statements run and wait at once before the embedded ClickHouse says 503."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any

import httpx
import pytest

from deskpulse.local_clickhouse.app import Door, Limits, create_app
from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.classify import Analysis, StatementClass
from deskpulse.local_clickhouse.engine import Answer
from deskpulse.local_clickhouse.errors import EngineFault
from deskpulse.local_clickhouse.tokens import Tokens

TOKENS = Tokens(reader="r", writer="w", admin="a")


class BlockedEngine:
    """Its statements wait until they are let go."""

    version = "1.2"

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.killed: list[str] = []

    @contextlib.contextmanager
    def handle(self) -> Iterator[BlockedEngine]:
        yield self

    def analyse(self, _statement: bytes) -> Analysis:
        return Analysis(StatementClass.READ_ONLY, 1)

    def set(self, _settings: dict[str, str]) -> None:
        """Nothing to set."""

    def run(self, _statement: str, _output_format: str) -> Answer:
        self.let_go.wait(30)
        return Answer(b"1\n")

    def kill(self, log_comment: str) -> None:
        self.killed.append(log_comment)
        self.let_go.set()


def door_to(engine: Any, limits: Limits) -> Door:
    return Door(engine, TOKENS, 8123, Caps(), limits)


def client_of(door: Door) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(door)), base_url="http://127.0.0.1:8123", auth=("reader", "r")
    )


async def until_under_way(door: Door, number: int) -> None:
    while len(door.under_way) < number:  # noqa: ASYNC110  requests under way have no event of their own
        await asyncio.sleep(0)


def test_beyond_the_queue_a_client_is_told_to_come_again() -> None:
    engine = BlockedEngine()

    async def knock() -> tuple[list[int], httpx.Response]:
        door = door_to(engine, Limits(at_once=1, waiting=1))
        async with client_of(door) as client:
            admitted = [asyncio.ensure_future(client.post("/", content=b"SELECT 1")) for _ in range(2)]
            await until_under_way(door, 2)
            refused = await client.post("/", content=b"SELECT 1")
            engine.let_go.set()
            answers = await asyncio.gather(*admitted)
            assert not door.under_way
        door.close()
        return [answer.status_code for answer in answers], refused

    served, refused = asyncio.run(asyncio.wait_for(knock(), 20))
    assert served == [200, 200]
    assert (refused.status_code, refused.headers["X-ClickHouse-Exception-Code"]) == (503, "202")


def test_at_the_end_whatever_runs_is_killed_by_its_own_mark() -> None:
    engine = BlockedEngine()

    async def end() -> httpx.Response:
        door = door_to(engine, Limits())
        async with client_of(door) as client:
            running = asyncio.ensure_future(client.post("/", params={"log_comment": "mine"}, content=b"SELECT 1"))
            await until_under_way(door, 1)
            await door.end_all()
            answer = await running
        door.close()
        return answer

    assert asyncio.run(asyncio.wait_for(end(), 20)).status_code == 200
    assert len(engine.killed) == 1
    assert engine.killed[0].startswith("mine ")


class FullEngine(BlockedEngine):
    """Out of memory: at first not even its kills succeed."""

    def kill(self, log_comment: str) -> None:
        self.killed.append(log_comment)
        if len(self.killed) < 3:
            raise EngineFault(241, "MEMORY_LIMIT_EXCEEDED", "(total) memory limit exceeded.")
        self.let_go.set()


@pytest.mark.parametrize("kind", [BlockedEngine, FullEngine])
def test_a_client_that_goes_leaves_nothing_under_way_and_no_traceback(kind: type[BlockedEngine]) -> None:
    engine = kind()
    said: list[MutableMapping[str, Any]] = []

    async def leave() -> None:
        door = door_to(engine, Limits())
        told: Iterator[MutableMapping[str, Any]] = iter(
            [{"type": "http.request", "body": b"SELECT 1"}, {"type": "http.disconnect"}]
        )

        async def receive() -> MutableMapping[str, Any]:
            return next(told)

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        headers = [(b"host", b"127.0.0.1:8123"), (b"x-clickhouse-user", b"reader"), (b"x-clickhouse-key", b"r")]
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
        await create_app(door)(scope, receive, send)
        assert not door.under_way
        door.close()

    asyncio.run(asyncio.wait_for(leave(), 20))  # an error that leaves the application is what the server prints
    assert said[0]["status"] == 499
    assert engine.let_go.is_set()


def test_a_body_beyond_the_limit_is_refused() -> None:
    async def send() -> httpx.Response:
        door = door_to(BlockedEngine(), Limits(received_bytes=10))
        async with client_of(door) as client:
            answer = await client.post("/", content=b"SELECT 12345")
        door.close()
        return answer

    assert asyncio.run(send()).status_code == 413
