"""/healthz, /metrics and /openapi.json: true, and without a secret."""

from __future__ import annotations

import json

import jsonschema

from ingest.gateway import create_app
from ingest.record import Outcome
from tests.client import Client
from tests.doors import OTHER_SECRET, SECRET, TOKEN, RecordingLog, RefusingLog, bearing, created, opened, settings, signed


def test_health_is_whether_events_can_be_appended() -> None:
    with Client(create_app(settings(), RecordingLog())) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.request("HEAD", "/healthz").status_code == 200
    with Client(create_app(settings(), RefusingLog(Outcome.AWAY))) as client:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_metrics_count_what_happened_under_bounded_labels() -> None:
    with Client(create_app(settings(), RecordingLog())) as client:
        client.post("/v1/webhooks/acme/zendesk", content=created(), headers=signed(created()))
        client.post("/v1/webhooks/acme/zendesk", content=created(), headers=signed(created(), OTHER_SECRET))
        client.post("/v1/webhooks/acme/zendesk", content=b"{}", headers=signed(b"{}"))
        client.post("/v1/webhooks/no/body", content=b"{}")
        client.post(
            "/v1/events", content=json.dumps([opened("1"), opened("2"), 7]), headers=bearing(content_type="application/json")
        )
        client.get("/somewhere/else/\u2603")
        lines = client.get("/metrics").text.splitlines()
    for line in (
        'deskpulse_gateway_requests_total{door="webhooks",status="200"} 2',
        'deskpulse_gateway_requests_total{door="webhooks",status="401"} 1',
        'deskpulse_gateway_requests_total{door="webhooks",status="404"} 1',
        'deskpulse_gateway_requests_total{door="events",status="207"} 1',
        'deskpulse_gateway_requests_total{door="own",status="404"} 1',
        'deskpulse_gateway_events_appended_total{vendor="zendesk"} 1',
        'deskpulse_gateway_events_appended_total{vendor="cloudevents"} 2',
        'deskpulse_gateway_events_rejected_total{reason="not_an_event"} 1',
        'deskpulse_gateway_dead_letters_total{reason="not_understood"} 1',
        'deskpulse_gateway_append_seconds_bucket{le="+Inf"} 3',
        "deskpulse_gateway_append_seconds_count 3",
        "deskpulse_gateway_broker_reachable 1",
    ):
        assert line in lines
    text = "\n".join(lines)
    assert not any(told in text for told in (SECRET, TOKEN, "acme", "nobody"))


def test_the_openapi_document_describes_what_the_door_takes() -> None:
    with Client(create_app(settings(), RecordingLog())) as client:
        document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/v1/events",
        "/v1/webhooks/{account}/{source}",
        "/v1/webhooks/{account}/{source}/{key}",
        "/healthz",
        "/metrics",
        "/openapi.json",
    }
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Event", "components": document["components"]},
    )
    validator.validate(opened())
    assert not validator.is_valid(opened(data={"channel": 7}))
    assert not validator.is_valid(opened(type="deskpulse.clock.tick.v1"))


def test_every_reference_in_the_document_leads_somewhere() -> None:
    with Client(create_app(settings(), RecordingLog())) as client:
        document = client.get("/openapi.json").json()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert names
    assert names <= set(document["components"]["schemas"])
