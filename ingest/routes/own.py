"""What the gateway says of itself: /healthz, /metrics and /openapi.json. Open to everybody, so without names and secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ingest import answers
from ingest.gate import Gate
from ingest.routes.openapi import document

Endpoint = Callable[[Request], Awaitable[Response]]


def healthz(gate: Gate) -> Endpoint:
    """200 while events can be appended; with what waits in the spool, if there is one."""

    async def door(_request: Request) -> Response:
        level = gate.spool_level()
        spool = {"spool": level.as_json()} if level is not None else {}
        if gate.log.is_reachable():
            return answers.answer(200, {"status": "ok", **spool})
        return answers.answer(503, {"status": "broker away", **spool}, {"Retry-After": str(gate.settings.limits.retry_after_s)})

    return door


def metrics(gate: Gate) -> Endpoint:
    async def door(_request: Request) -> Response:
        level = gate.spool_level()
        text = gate.counters.text(reachable=gate.log.is_reachable(), more=level.lines() if level is not None else ())
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return door


def openapi(gate: Gate) -> Endpoint:
    content = msgspec.json.encode(document(gate.settings.limits))

    async def door(_request: Request) -> Response:
        return Response(content, media_type="application/json")

    return door
