"""The HTTP gateway: doors, limits and the log behind them, on one event loop. TLS is the business of a proxy in front."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest import answers
from ingest.append import KafkaLog
from ingest.collector import collect_what_is_new
from ingest.gate import Gate
from ingest.protocol import BoundedHttp
from ingest.record import Log
from ingest.routes.events import events
from ingest.routes.own import healthz, metrics, openapi
from ingest.routes.webhooks import webhooks
from ingest.settings import GatewaySettings
from ingest.spool.shelter import Shelter
from ingest.spool.steps import Reached, nowhere

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
_GRACE_S = 10
"""For requests under way when the process is told to end."""
_DOORS = {"/v1/events": "events", "/v1/webhooks": "webhooks"}


def create_app(settings: GatewaySettings, appends_to: Log | None = None, reached: Reached = nowhere) -> ASGIApp:
    """The gateway over a log of its own, or over the one given. Raises SpoolError where its spool is somebody else's."""
    gate = Gate(settings, KafkaLog(settings) if appends_to is None else appends_to)
    if settings.spool is not None:
        gate.shelter = Shelter(settings.spool, gate.log, gate.counters, reached)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await gate.log.open()
        if gate.shelter is not None:
            await gate.shelter.open()
        yield
        if gate.shelter is not None:
            await gate.shelter.close()
        await gate.log.close()

    routes = [
        *_post("/v1/events", events(gate)),
        *_post("/v1/webhooks/{account}/{source}", webhooks(gate), probe=True),
        *_post("/v1/webhooks/{account}/{source}/{key}", webhooks(gate), probe=True),
        *_get("/healthz", healthz(gate)),
        *_get("/metrics", metrics(gate)),
        *_get("/openapi.json", openapi(gate)),
    ]

    async def failed(_request: Request, _error: Exception) -> Response:
        # Our own bug: Starlette raises it again for the log, the sender keeps what it has and tries later.
        return answers.unavailable(settings.limits.retry_after_s)

    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _refused, Exception: failed})
    # A redirect is a failed delivery to every vendor.
    router: Router = app.router
    router.redirect_slashes = False
    return _Counted(app, gate)


def run(settings: GatewaySettings, host: str, port: int, reached: Reached = nowhere) -> None:
    """Serves until SIGTERM or SIGINT, then finishes what is under way."""
    # The thread that collects reports waits for the interpreter at most this long (5 ms by default): it is part of every answer.
    sys.setswitchinterval(0.0005)
    serving = server(settings, host, port, reached)
    collect_what_is_new()
    serving.run()


def server(settings: GatewaySettings, host: str, port: int, reached: Reached = nowhere) -> uvicorn.Server:
    """The server that `run` runs, for those who start it in another way."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings, reached=reached),
            host=host,
            port=port,
            loop="uvloop",
            http=BoundedHttp,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=65,
            timeout_graceful_shutdown=_GRACE_S,
            backlog=2048,
        )
    )


async def _refused(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    headers = error.headers if isinstance(error, HTTPException) else None
    words = {404: "not found", 405: "method not allowed"}
    return answers.answer(status, {"error": words.get(status, "bad request")}, dict(headers or {}))


def _post(path: str, endpoint: Endpoint, *, probe: bool = False) -> list[Route]:
    """With `probe`, HEAD and GET are answered alike for every name: some vendors ask whether anybody is there, none may learn who is."""
    routes = [Route(path, endpoint, methods=["POST"]), Route(path, _options("POST, OPTIONS"), methods=["OPTIONS"])]
    return [*routes, Route(path, _present, methods=["GET"])] if probe else routes


def _get(path: str, endpoint: Endpoint) -> list[Route]:
    return [Route(path, endpoint, methods=["GET"]), Route(path, _options("GET, HEAD, OPTIONS"), methods=["OPTIONS"])]


def _options(allow: str) -> Endpoint:
    async def door(_request: Request) -> Response:
        return Response(status_code=204, headers={"Allow": allow})

    return door


async def _present(_request: Request) -> Response:
    return Response(status_code=200)


class _Counted:
    """Counts every answer by door and status, also those that no door gave."""

    def __init__(self, app: Starlette, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                door = _DOORS.get("/".join(scope["path"].split("/", 3)[:3]), "own")
                self._gate.counters.add("deskpulse_gateway_requests_total", door=door, status=str(message["status"]))
            await send(message)

        await self._app(scope, receive, counting)
