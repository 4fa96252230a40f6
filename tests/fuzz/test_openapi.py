"""The gateway against its own OpenAPI document: requests made of the document, right and wrong ones; every answer is one it names.

The examples are the same in each run: what fails here fails again.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from ingest.gateway import create_app
from ingest.record import Outcome
from ingest.routes.openapi import document
from ingest.settings import Rate, Source, Sources, token_hash
from tests import doors
from tests.doors import TOKEN, RecordingLog, RefusingLog, opened

KEY = "a-key-of-the-tests-0123456789"
"""Of a vendor that signs nothing, so that any body comes as far as its adapter."""
_FREE = Rate(per_s=1e9, burst=1e9)
_SOURCES = Sources.of(
    [
        Source("acme", "shop", "cloudevents", b"key", token_hashes=(token_hash(TOKEN),), rate=_FREE),
        Source("acme", "desk", "groove", b"key", secrets=(KEY.encode(),), token_hashes=(token_hash(KEY),), rate=_FREE),
    ]
)
_CONFORMING: list[CheckFunction] = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_PROOF = {"authorization": f"Bearer {TOKEN}"}
_bounded = settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


# Walking through every combination of one field's edges takes a minute for the events alone, and found nothing more.
_RANDOM_ALONE = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})


def _documented(log: RecordingLog, *forgotten: str) -> OpenApiSchema:
    """The application with its document, from which answers of /v1/events may be left out."""
    told = doors.settings(sources=_SOURCES)
    written = document(told.limits)
    for status in forgotten:
        del written["paths"]["/v1/events"]["post"]["responses"][status]
    schema = schemathesis.openapi.from_dict(written, config=_RANDOM_ALONE)
    schema.app = create_app(told, log)
    return schema


working = _documented(RecordingLog())
away = _documented(RefusingLog(Outcome.AWAY))


@working.parametrize()
@_bounded
def test_every_answer_is_in_the_document_and_none_is_a_fault_of_ours(case: schemathesis.Case[Any]) -> None:
    assert _answered(case) < 500


@away.parametrize()
@_bounded
def test_while_the_broker_is_away_the_only_fault_is_a_503(case: schemathesis.Case[Any]) -> None:
    status = _answered(case)
    assert status < 500 or status == 503


def test_an_answer_that_the_document_does_not_name_is_seen() -> None:
    """Else nothing above proves anything."""
    for schema, body, answered in ((working, opened(), 200), (working, {}, 422), (away, opened(), 503)):
        assert _answered(_posting(schema, body)) == answered
    for status, body in (("200", opened()), ("422", {})):
        with pytest.raises(FailureGroup, match="Undocumented status code"):
            _answered(_posting(_documented(RecordingLog(), status), body))


def _posting(schema: OpenApiSchema, body: dict[str, Any]) -> schemathesis.Case[Any]:
    return schema["/v1/events"]["POST"].Case(body=body, media_type="application/cloudevents+json")


def _answered(case: schemathesis.Case[Any]) -> int:
    """With a proof that fits where the document leaves the address open: else nothing but 401 and 404 would be seen."""
    if case.path_parameters:
        known = {"account": "acme", "source": "desk", "key": KEY}
        case.path_parameters = {name: known[name] for name in case.path_parameters}
        if "key" not in case.path_parameters:
            case.query = {"key": KEY}
    answer = case.call(headers=_PROOF)
    case.validate_response(answer, checks=_CONFORMING)
    return int(answer.status_code)
