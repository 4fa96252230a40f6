"""Calls an ASGI application without a socket, from tests that are plain functions."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.types import ASGIApp


class Client:
    """As httpx, one request after the other, on a loop of its own. The application's own faults are answers, as in a server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._runner.close()

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, url, **more)

        return self._runner.run(send())

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)

    def get(self, url: str) -> httpx.Response:
        return self.request("GET", url)
