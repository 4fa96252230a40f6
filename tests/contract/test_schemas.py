"""Three descriptions of an event, JSON Schema, pydantic and msgspec, and the examples that hold them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from deskpulse import schema_files
from events import codec
from events.explain import MODELS
from events.rejected import Reason, Rejected
from schemas.compatibility import breaking_changes

GENERATED = schema_files.generated()
VALID = sorted(schema_files.FOLDER.glob("*/examples/valid/*.json"))
INVALID = sorted(schema_files.FOLDER.glob("*/examples/invalid/*.json"))
BEYOND_JSON_SCHEMA = {
    "invalid--impossible-date",  # a date's shape, not the calendar
    "invalid--two-ids-of-two-kinds",  # a parser keeps one of the two
    "invalid--v2-rating-outside-its-scale",  # a rule across fields
    "invalid--v2-scale-upside-down",
}
ALSO_PYDANTIC = {"invalid--two-ids-of-two-kinds"}  # its parser keeps the last of the two, as most do


def _name(path: Path) -> str:
    return f"{path.parent.parent.parent.name}/{path.stem}" if path.suffix == ".json" else path.name


def _schema(event_type: str) -> dict[str, Any]:
    schema = schema_files.committed(schema_files.path_of(event_type))
    assert schema is not None, f"{event_type} has no published schema: run python -m deskpulse.schema_files"
    return schema


def _as_pydantic(path: Path) -> Any:
    raw = path.read_bytes()
    return MODELS[json.loads(raw)["type"]].model_validate_json(raw)


@pytest.mark.parametrize("event_type", MODELS)
def test_the_models_break_no_published_schema_which_holds_before_the_two_are_equal(event_type: str) -> None:
    assert breaking_changes(_schema(event_type), GENERATED[schema_files.path_of(event_type)]) == []


def test_every_published_schema_is_what_the_models_say() -> None:
    assert schema_files.main(["--check"]) == 0


def test_no_schema_is_published_that_no_model_backs() -> None:
    published = {path.relative_to(schema_files.FOLDER) for path in schema_files.FOLDER.glob("*/v*.json")}
    assert published == set(GENERATED)


@pytest.mark.parametrize("event_type", MODELS)
def test_every_schema_is_itself_valid_and_names_its_version(event_type: str) -> None:
    schema = _schema(event_type)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["type"]["const"] == event_type
    assert schema["$id"].replace(":", ".").endswith(event_type.removeprefix("deskpulse"))


@pytest.mark.parametrize("event_type", MODELS)
def test_every_type_has_two_valid_and_three_invalid_examples(event_type: str) -> None:
    def of_this_type(path: Path) -> bool:
        return f'"{event_type}"' in path.read_text(encoding="utf-8")

    assert sum(map(of_this_type, VALID)) >= 2
    assert sum(map(of_this_type, INVALID)) >= 3


@pytest.mark.parametrize("path", VALID, ids=_name)
def test_a_valid_example_is_taken_by_all_three_and_means_the_same(path: Path) -> None:
    raw = path.read_bytes()
    message = json.loads(raw)
    Draft202012Validator(_schema(message["type"])).validate(message)
    event = codec.decode(raw)
    assert not isinstance(event, Rejected), event.error
    assert codec.decode(_as_pydantic(path).model_dump_json().encode()) == event
    assert codec.split_source(event.source) or event.source == "/-/clock"


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_an_invalid_example_is_rejected_for_the_reason_in_its_name(path: Path) -> None:
    raw = path.read_bytes()
    rejected = codec.decode(raw)
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason(path.stem.split("--")[0])
    assert rejected.raw == raw


@pytest.mark.parametrize("path", [path for path in INVALID if path.stem.startswith("invalid--")], ids=_name)
def test_what_is_invalid_is_rejected_by_pydantic_and_by_json_schema_where_it_can_say_so(path: Path) -> None:
    message = json.loads(path.read_bytes())
    if path.stem not in ALSO_PYDANTIC:
        with pytest.raises(ValidationError):
            _as_pydantic(path)
    validator = Draft202012Validator(_schema(message["type"]))
    assert validator.is_valid(message) == (path.stem in BEYOND_JSON_SCHEMA)
