"""GET /openapi.json: the doors, described from the very types that decode what is sent."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from events.rejected import Reason
from events.wire import DirectoryUpdated, OrderEvent, TicketEvent
from ingest.routes.framing import Mode
from ingest.settings import Limits

_EVENTS = (*get_args(TicketEvent), *get_args(OrderEvent), DirectoryUpdated)
_REF = "#/components/schemas/{name}"


def document(limits: Limits) -> dict[str, Any]:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Deskpulse gateway",
            "version": "1",
            "description": "Accepts helpdesk webhooks and CloudEvents. A 2xx means: confirmed by every in-sync replica of the log; or, of "
            "a helpdesk that never sends again and while the broker is away, synced to the gateway's own disk and appended later. "
            "After 429 or 503 send the same again: ids make a repeat harmless.",
        },
        "paths": {
            "/v1/events": {"post": _post_events(limits)},
            "/v1/webhooks/{account}/{source}": {"post": _post_webhook(limits, "account", "source")},
            "/v1/webhooks/{account}/{source}/{key}": {"post": _post_webhook(limits, "account", "source", "key")},
            "/healthz": {"get": _get("Whether events can be appended", {"200": "They can", "503": "The broker is away"})},
            "/metrics": {"get": _get("The gateway's own numbers, as Prometheus text", {"200": "Counters and a histogram"})},
            "/openapi.json": {"get": _get("This document", {"200": "OpenAPI 3.1"})},
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Of one source; `deskpulse sources add` makes it."}
            },
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(_EVENTS, ref_template=_REF)
    for event in _EVENTS:
        # The door fills it in.
        schemas[event.__name__]["required"] = [name for name in schemas[event.__name__]["required"] if name != "source"]
    schemas["Event"] = {
        "oneOf": [{"$ref": _REF.format(name=event.__name__)} for event in _EVENTS],
        "discriminator": {
            "propertyName": "type",
            "mapping": {event.__struct_config__.tag: _REF.format(name=event.__name__) for event in _EVENTS},
        },
    }
    schemas["Fault"] = {
        "type": "object",
        "required": ["status", "reason", "path", "error"],
        "properties": {
            "index": {"type": "integer", "description": "Of the element, in a batch."},
            "status": {"const": "rejected"},
            "reason": {"enum": [reason.value for reason in Reason]},
            "path": {"type": "string", "description": "Where, as $.data.rating."},
            "error": {"type": "string", "description": "What was expected there."},
        },
    }
    schemas["Appended"] = {
        "type": "object",
        "required": ["status"],
        "properties": {"index": {"type": "integer"}, "status": {"const": "appended"}},
    }
    schemas["BatchAnswer"] = {
        "type": "array",
        "items": {"oneOf": [{"$ref": _REF.format(name="Appended")}, {"$ref": _REF.format(name="Fault")}]},
    }
    return schemas


def _post_events(limits: Limits) -> dict[str, Any]:
    event, batch = {"$ref": _REF.format(name="Event")}, {"type": "array", "maxItems": limits.batch_elements}
    appended, answers = _json("Appended"), _json("BatchAnswer")
    return {
        "summary": "Append one event, or a batch of them",
        "description": "`source` is the token's own and may be left out. `customer` may be your id or an e-mail address: it becomes a "
        "keyed hash before it is stored. Attributes may also be sent as `ce-` headers, with the data as body (binary mode).",
        "security": [{"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                Mode.STRUCTURED.value: {"schema": event},
                Mode.BATCH.value: {"schema": {**batch, "items": event}},
                Mode.JSON.value: {"schema": {"anyOf": [event, {**batch, "items": event}]}},
            },
        },
        "responses": {
            "200": {"description": "All of it is in the log", "content": _either(appended, answers)},
            "207": {"description": "A batch, in part: look at each element", "content": answers},
            "422": {"description": "Nothing was appended, and why", "content": _either(_json("Fault"), answers)},
            "401": {"description": "No token of a source"},
            "408": {"description": "The body took too long"},
            "413": {"description": f"More than {limits.events_bytes} bytes or {limits.batch_elements} elements"},
            "415": {"description": "Another content type"},
            "429": {"description": "Too many events of this source", "headers": _RETRY},
            "503": {"description": "Not known to be in the log", "headers": _RETRY},
        },
    }


_RETRY = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}


def _post_webhook(limits: Limits, *places: str) -> dict[str, Any]:
    name = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
    return {
        "summary": "A helpdesk's own webhook",
        "description": "The source's vendor decides how it is signed and read; where it signs nothing, the key may stand in the path. "
        "Authentic deliveries are answered with 200, also when they are kept as dead letters.",
        "parameters": [
            {"name": place, "in": "path", "required": True, "schema": {"type": "string"} if place == "key" else name}
            for place in places
        ],
        "requestBody": {"content": {"*/*": {"schema": {}}}},
        "responses": {
            "200": {"description": "Appended, spooled, ignored, or kept as a dead letter"},
            "401": {"description": "Not signed by the source"},
            "404": {"description": "No such source"},
            "408": {"description": "The body took too long"},
            "413": {"description": f"More than {limits.webhook_bytes} bytes"},
            "503": {"description": "Not known to be in the log", "headers": _RETRY},
        },
    }


def _get(summary: str, responses: dict[str, str]) -> dict[str, Any]:
    return {"summary": summary, "responses": {status: {"description": text} for status, text in responses.items()}}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=schema)}}}


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": {"anyOf": [part["application/json"]["schema"] for part in (one, other)]}}}
