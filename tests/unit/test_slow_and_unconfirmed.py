"""A body that does not end, and a log that has not confirmed: what the client sees meanwhile."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.types import Message

from ingest.gateway import create_app
from ingest.settings import Limits
from tests.doors import HesitantLog, RecordingLog, bearing, created, opened, settings, signed


@pytest.mark.parametrize(
    ("path", "headers"), [("/v1/webhooks/acme/zendesk", signed(created())), ("/v1/events", bearing())], ids=["webhooks", "events"]
)
def test_a_body_that_does_not_end_is_408_and_closes(path: str, headers: dict[str, str]) -> None:
    app = create_app(settings(limits=Limits(body_s=0.05)), RecordingLog())
    answers: list[Message] = []

    async def wait() -> None:
        chunks = iter([{"type": "http.request", "body": b"{", "more_body": True}])

        async def receive() -> Message:
            if (chunk := next(chunks, None)) is not None:
                return chunk
            never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            return await never

        async def send(message: Message) -> None:
            answers.append(message)

        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        await app({"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": sent}, receive, send)

    asyncio.run(wait())
    assert answers[0]["status"] == 408
    assert (b"connection", b"close") in answers[0]["headers"]


def test_a_client_that_left_in_mid_body_leaves_nothing() -> None:
    log = RecordingLog()
    app = create_app(settings(limits=Limits(held_bytes=1000)), log)

    async def leave() -> None:
        chunks: list[Message] = [{"type": "http.request", "body": b"x" * 900, "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Message:
            return chunks.pop(0)

        async def send(message: Message) -> None:
            pass

        scope = {"type": "http", "method": "POST", "path": "/v1/webhooks/acme/zendesk", "query_string": b"", "headers": []}
        await app(scope, receive, send)

    for _ in range(3):
        # The second would find no room, had the first one kept its share.
        asyncio.run(leave())
    assert log.records == []


def test_nothing_is_answered_before_the_log_has_confirmed() -> None:
    async def watch() -> None:
        log = HesitantLog()
        transport = httpx.ASGITransport(create_app(settings(), log))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            posts = [
                asyncio.create_task(client.post("/v1/webhooks/acme/zendesk", content=created(), headers=signed(created()))),
                asyncio.create_task(client.post("/v1/events", json=opened(), headers=bearing())),
            ]
            while len(log.records) < len(posts):  # noqa: ASYNC110 - the log's records are the event
                await asyncio.sleep(0)
            _, waiting = await asyncio.wait(posts, timeout=0.05)
            assert waiting == set(posts)
            log.confirmed.set()
            assert [(await post).status_code for post in posts] == [200, 200]

    asyncio.run(watch())
