"""How many statements run and wait at once before the embedded ClickHouse says 503."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx

from deskpulse.local_clickhouse.app import Door, Limits, create_app
from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.classify import Analysis, StatementClass
from deskpulse.local_clickhouse.engine import Answer
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


def test_a_body_beyond_the_limit_is_refused() -> None:
    async def send() -> httpx.Response:
        door = door_to(BlockedEngine(), Limits(received_bytes=10))
        async with client_of(door) as client:
            answer = await client.post("/", content=b"SELECT 12345")
        door.close()
        return answer

    assert asyncio.run(send()).status_code == 413
