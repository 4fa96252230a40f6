"""POST /v1/webhooks/{account}/{source}, with /{key} for who signs nothing: a vendor's delivery. Verified before it is parsed,
durable before it is answered.

A vendor cannot mend what it sends, so whatever is authentic is answered with 200, as an event or as a dead letter. While the broker
is away a vendor that sends again is told to; what nobody sends again is spooled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from events.rejected import Reason, Rejected
from ingest import answers
from ingest.body import Unread, read
from ingest.canonical import canonical
from ingest.delivery import Delivery, NotForUs
from ingest.gate import Gate
from ingest.record import DURABLE, Outcome
from ingest.settings import Source
from ingest.vendor import Vendor
from ingest.vendors import VENDORS
from ingest.verify import Sent, Verdict

# An unknown source is verified too, against this one: its answer takes as long as a known one's.
_NOBODY = Source(account="-", name="-", vendor="zendesk", customer_key=b"", secrets=(b"nobody knows this",))


def webhooks(gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    limits = gate.settings.limits

    async def door(request: Request) -> Response:
        path = request.path_params
        source = gate.settings.sources().by_name.get((path["account"], path["source"]))
        with gate.room.taken() as share:
            body = await read(request, share, limits, limits.webhook_bytes)
            if isinstance(body, Unread):
                return answers.unread(body, limits.webhook_bytes, limits.retry_after_s)
            return await _accept(gate, _sent(gate, request, body), source)

    return door


def _sent(gate: Gate, request: Request, body: bytes) -> Sent:
    query = request.scope["query_string"].decode("latin-1")
    return Sent(
        headers=request.headers,
        body=body,
        method=request.method,
        url=f"{gate.settings.public_url}{request.scope['path']}{'?' if query else ''}{query}",
        url_key=request.path_params.get("key") or request.query_params.get("key", ""),
    )


async def _accept(gate: Gate, sent: Sent, source: Source | None) -> Response:
    limits = gate.settings.limits
    known = source or _NOBODY
    vendor = VENDORS[known.vendor]
    delivery = gate.delivery(known, sent.headers, sent.body, vendor.helpdesk)
    verdict = vendor.verify(known, sent, delivery.received_at_ms)
    if source is None:
        return answers.not_found()
    if verdict is Verdict.FORGED or (verdict is Verdict.STALE and vendor.stale == "refuse"):
        return answers.unauthorized()
    if gate.wait_s(source, 1) > 0:
        return answers.unavailable(limits.retry_after_s)
    if verdict is Verdict.STALE:
        return await _keep(gate, vendor, delivery, delivery.rejected(Reason.STALE, "signed too long ago, or in the future"))
    if verdict is Verdict.REWRITTEN:
        gate.counters.add("deskpulse_gateway_rewritten_total", vendor=vendor.name)
    if vendor.challenge is not None and (handshake := vendor.challenge(sent)) is not None:
        return answers.answer(200, handshake)
    return await _append(gate, vendor, delivery)


async def _append(gate: Gate, vendor: Vendor, delivery: Delivery) -> Response:
    adapted = delivery.too_deep(delivery.body, gate.settings.limits.depth) or vendor.adapt(delivery)
    if isinstance(adapted, NotForUs):
        gate.counters.add("deskpulse_gateway_deliveries_ignored_total", vendor=vendor.name)
        return answers.answer(200, {"status": "ignored"})
    if isinstance(adapted, Rejected):
        return await _keep(gate, vendor, delivery, adapted)
    events = gate.news.of(adapted)
    records: list[bytes] = []
    for event in events:
        raw = canonical(event)
        if isinstance(raw, Rejected):
            return await _keep(gate, vendor, delivery, raw)
        records.append(raw)
    outcome = await gate.append_events(delivery, records, only_once=not vendor.redelivers)
    if outcome not in DURABLE:
        return answers.unavailable(gate.settings.limits.retry_after_s)
    gate.news.said(events)
    return answers.answer(200, {"status": outcome.name.lower(), "events": len(records)})


async def _keep(gate: Gate, vendor: Vendor, delivery: Delivery, rejected: Rejected) -> Response:
    match await gate.append_dead_letter(delivery, rejected, vendor.kept_headers, only_once=not vendor.redelivers):
        case Outcome.APPENDED | Outcome.SPOOLED:
            return answers.answer(200, {"status": "dead_letter", "reason": rejected.reason.value})
        case Outcome.TOO_LARGE:
            return answers.too_large("the log takes no record of this size")
        case Outcome.AWAY | Outcome.FULL:
            return answers.unavailable(gate.settings.limits.retry_after_s)
