"""POST /v1/events: CloudEvents from your own systems, one or a batch, with a bearer token. Durable before it is answered.

The sender can mend what it sends, so a fault is answered with its path and nothing is kept. A batch is judged element by element:
what is right is appended, whatever its neighbours are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from events.rejected import Reason, Rejected
from ingest import answers
from ingest.adapters.cloudevents import admit
from ingest.body import Unread, read
from ingest.canonical import canonical
from ingest.delivery import Delivery
from ingest.gate import Gate
from ingest.record import Outcome
from ingest.routes.framing import Mode, element, mode_of
from ingest.settings import Source
from ingest.verify import bearer

_elements: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def events(gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    limits = gate.settings.limits

    async def door(request: Request) -> Response:
        source = gate.settings.sources().by_token_hash.get(bearer(request.headers))
        if source is None:
            return answers.unauthorized()
        mode = mode_of(request.headers)
        if mode is None:
            return answers.answer(
                415, {"error": "expected application/cloudevents+json, application/cloudevents-batch+json or application/json"}
            )
        if (wait_s := gate.wait_s(source, 1)) > 0:
            return answers.too_many(wait_s)
        with gate.room.taken() as share:
            body = await read(request, share, limits, limits.events_bytes)
            if isinstance(body, Unread):
                return answers.unread(body, limits.events_bytes, limits.retry_after_s)
            if mode is Mode.BATCH or (mode is Mode.JSON and body.lstrip()[:1] == b"["):
                return await _batch(gate, source, request, body)
            return await _single(gate, source, request, element(mode, request.headers, body))

    return door


async def _single(gate: Gate, source: Source, request: Request, raw: bytes) -> Response:
    delivery = gate.delivery(source, request.headers, raw)
    judged = _judge(delivery, raw, gate.settings.limits.depth)
    if isinstance(judged, Rejected):
        gate.counters.add("deskpulse_gateway_events_rejected_total", reason=judged.reason.value)
        return answers.answer(422, answers.fault(judged))
    if await gate.append_events(delivery, [judged]) is not Outcome.APPENDED:
        return answers.unavailable(gate.settings.limits.retry_after_s)
    return answers.answer(200, {"status": "appended"})


async def _batch(gate: Gate, source: Source, request: Request, body: bytes) -> Response:
    limits = gate.settings.limits
    delivery = gate.delivery(source, request.headers, body)
    try:
        elements = _elements.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return answers.answer(422, answers.fault(delivery.rejected(Reason.NOT_JSON, "$: expected an array of events")))
    if len(elements) > limits.batch_elements:
        return answers.too_large(f"a batch has at most {limits.batch_elements} elements")
    if (wait_s := gate.wait_s(source, max(0, len(elements) - 1))) > 0:
        return answers.too_many(wait_s)
    judged = [_judge(delivery, bytes(raw), limits.depth) for raw in elements]
    accepted = [raw for raw in judged if not isinstance(raw, Rejected)]
    if accepted and await gate.append_events(delivery, accepted) is not Outcome.APPENDED:
        return answers.unavailable(limits.retry_after_s)
    for rejected in judged:
        if isinstance(rejected, Rejected):
            gate.counters.add("deskpulse_gateway_events_rejected_total", reason=rejected.reason.value)
    status = 200 if len(accepted) == len(judged) else 207 if accepted else 422
    return answers.answer(status, [_element_answer(index, one) for index, one in enumerate(judged)])


def _judge(delivery: Delivery, raw: bytes, depth: int) -> bytes | Rejected:
    event = delivery.too_deep(raw, depth) or admit(delivery, raw)
    return event if isinstance(event, Rejected) else canonical(event)


def _element_answer(index: int, judged: bytes | Rejected) -> dict[str, object]:
    if isinstance(judged, Rejected):
        return {"index": index, **answers.fault(judged)}
    return {"index": index, "status": "appended"}
