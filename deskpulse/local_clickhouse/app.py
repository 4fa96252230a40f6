"""ClickHouse's HTTP interface as an ASGI application: reads requests, asks the gate, answers in the wire's words."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deskpulse.local_clickhouse import bodies, protocol
from deskpulse.local_clickhouse.access import Refusal, at_the_door
from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.engine import Answer, Engine
from deskpulse.local_clickhouse.errors import TOO_MANY_SIMULTANEOUS_QUERIES, EngineFault
from deskpulse.local_clickhouse.service import Running, running, serve
from deskpulse.local_clickhouse.together import Company, Member, Outcome, key_of, serve_together
from deskpulse.local_clickhouse.tokens import Role, Tokens

SERVER_NAME = "deskpulse"
_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8",
    "CSVWithNames": "text/csv; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
}
_CLIENT_GONE = 499
_KILL_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    at_once: int = 8
    waiting: int = 64
    received_bytes: int = bodies.MAX_RECEIVED_BYTES
    unpacked_bytes: int = bodies.MAX_UNPACKED_BYTES


@dataclass(eq=False, slots=True)
class Door:
    """All requests of one server. Statements run on threads of their own, at most `limits.at_once` together."""

    engine: Engine
    tokens: Tokens
    port: int
    caps: Caps
    limits: Limits
    under_way: dict[Running, asyncio.Future[Answer]] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(init=False)
    company: Company = field(init=False)

    def __post_init__(self) -> None:
        self.threads = ThreadPoolExecutor(self.limits.at_once, thread_name_prefix="statement")
        self.company = Company(self._together)

    async def ping(self, request: Request) -> Response:
        """The engine answered once, or this process would not listen."""
        refusal = at_the_door(dict(request.headers), {}, self.port, self.tokens)
        if refusal in {Refusal.FOREIGN_HOST, Refusal.FOREIGN_PAGE}:
            return self._fault(refusal.fault(), "")
        return PlainTextResponse("Ok.\n")

    async def statement(self, request: Request) -> Response:
        query_id = uuid.uuid4().hex
        try:
            fields = protocol.query_fields(request.scope["query_string"])
            query_id = fields.get("query_id") or query_id
            role = at_the_door(dict(request.headers), fields, self.port, self.tokens)
            if isinstance(role, Refusal):
                raise role.fault()
            if request.method != "POST" and not fields.get("query"):
                return PlainTextResponse("Ok.\n")
            body = bodies.unpack(
                await self._received(request), request.headers.get("content-encoding", ""), self.limits.unpacked_bytes
            )
            form = bodies.form_fields(body, request.headers.get("content-type", ""))
            if form is not None:
                fields, body = fields | form, b""
            call = protocol.parse(fields, body, query_id=query_id, format_header=request.headers.get("x-clickhouse-format", ""))
            del body
            answer = await self._run(call, role, request)
        except EngineFault as fault:
            return self._fault(fault, query_id)
        except ClientDisconnect:
            # Every closed dashboard is one; nobody hears the answer, and a traceback of each would fill the disk.
            return Response(status_code=_CLIENT_GONE)
        return Response(
            answer.content,
            headers=self._headers(call.query_id)
            | {
                "Content-Type": _CONTENT_TYPES.get(call.output_format, "text/plain; charset=UTF-8"),
                "X-ClickHouse-Format": call.output_format,
                "X-ClickHouse-Summary": _summary(answer),
            },
        )

    async def _received(self, request: Request) -> bytes:
        parts = bytearray()
        async for part in request.stream():
            parts += part
            if len(parts) > self.limits.received_bytes:
                raise bodies.too_large(self.limits.received_bytes)
        return bytes(parts)

    async def _run(self, call: protocol.Call, role: Role, request: Request) -> Answer:
        if len(self.under_way) >= self.limits.at_once + self.limits.waiting:
            text = f"Too many simultaneous queries: {len(self.under_way)} are running or waiting. Try again."
            raise EngineFault(TOO_MANY_SIMULTANEOUS_QUERIES, "TOO_MANY_SIMULTANEOUS_QUERIES", text)
        run = running(call)
        work: asyncio.Future[Answer]
        if (key := key_of(call, role, request.method)) is not None:
            work = self.company.join(key, call, run)
        else:
            work = asyncio.get_running_loop().run_in_executor(
                self.threads, serve, self.engine, call, role, request.method, self.caps, run
            )
        self.under_way[run] = work
        gone = asyncio.ensure_future(request.receive())  # after the body, the next message is the client's leaving
        either: set[asyncio.Future[Any]] = {work, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await self._end(run, work)
                raise ClientDisconnect
            return work.result()
        finally:
            gone.cancel()
            try:
                if not work.done():
                    await asyncio.shield(self._end(run, work))
            finally:
                self.under_way.pop(run, None)

    def _together(self, members: Sequence[Member]) -> asyncio.Future[list[Outcome]]:
        return asyncio.get_running_loop().run_in_executor(self.threads, serve_together, self.engine, members, self.caps)

    async def _end(self, run: Running, work: asyncio.Future[Answer]) -> None:
        """Kills until the statement is over: a kill may fail, and one that comes before its start finds nothing."""
        run.cancelled.set()
        while not work.done():
            with contextlib.suppress(EngineFault):  # KILL is a statement too, and fails where memory is out
                await asyncio.to_thread(self.engine.kill, run.log_comment)
            await asyncio.wait({work}, timeout=_KILL_AGAIN_S)
        with contextlib.suppress(EngineFault):
            work.result()

    async def end_all(self) -> None:
        """Kills whatever runs or waits."""
        await asyncio.gather(*(self._end(run, work) for run, work in list(self.under_way.items())))

    def close(self) -> None:
        self.threads.shutdown()

    def _headers(self, query_id: str) -> dict[str, str]:
        return {
            "X-ClickHouse-Server-Display-Name": SERVER_NAME,
            "X-ClickHouse-Query-Id": _header_text(query_id),
            "X-ClickHouse-Timezone": "UTC",
        }

    def _fault(self, fault: EngineFault, query_id: str) -> Response:
        headers = self._headers(query_id) | {"X-ClickHouse-Exception-Code": str(fault.code)}
        return PlainTextResponse(fault.body(self.engine.version), fault.status, headers)


def _header_text(value: str) -> str:
    """A header is one line of ASCII; a query id may be anything."""
    return value.encode("ascii", "replace").decode().replace("\r", "?").replace("\n", "?")


def _summary(answer: Answer) -> str:
    counts = {
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
        "written_rows": answer.written_rows,
        "written_bytes": answer.written_bytes,
        "result_rows": answer.result_rows or answer.written_rows,
        "result_bytes": len(answer.content),
        "elapsed_ns": round(answer.elapsed_s * 1e9),
    }
    return json.dumps({name: str(count) for name, count in counts.items()})


def create_app(door: Door) -> Starlette:
    return Starlette(
        routes=[
            Route("/ping", door.ping, methods=["GET", "HEAD"]),
            Route("/", door.statement, methods=["GET", "HEAD", "POST"]),
        ]
    )
