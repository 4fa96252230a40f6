"""Each kind of change to a schema: whether it breaks anybody, and which side must be deployed first."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.compatibility import First, breaking_changes, refused_records

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 10}
READERS, WRITERS = First.READERS, First.WRITERS


def record(required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required)}


def either(*alternatives: Any) -> dict[str, Any]:
    return {"anyOf": list(alternatives)}


@pytest.mark.parametrize(
    ("old", "new", "path", "what", "first"),
    [
        (record(), record(("a",), a=TEXT), "$.a", "is now required", WRITERS),
        (record(a=TEXT), record(("a",), a=TEXT), "$.a", "is now required", WRITERS),
        (record(("a",), a=TEXT), record(), "$.a", "was required and is gone", READERS),
        (record(("a",), a=TEXT), record(a=TEXT), "$.a", "is no longer required", READERS),
        (record(a=TEXT), record(), "$.a", "is gone: what was written in it would be ignored", WRITERS),
        (record(a={**TEXT, "default": "in"}), record(a={**TEXT, "default": "out"}), "$.a", "has another default", WRITERS),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "$", "no longer takes b", WRITERS),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, "$", "also takes b", READERS),
        (TEXT, TEXT | {"enum": ["a"]}, "$", "no longer takes all but some values", WRITERS),
        (TEXT | {"enum": ["a"]}, TEXT, "$", "also takes any value", READERS),
        (either(TEXT, {"type": "null"}), TEXT, "$", "no longer takes null", WRITERS),
        (TEXT, either(TEXT, {"type": "null"}), "$", "also takes null", READERS),
        ({"type": "number"}, {"type": "integer"}, "$", "no longer takes number", WRITERS),
        ({"type": "integer"}, {"type": "number"}, "$", "also takes number", READERS),
        (NUMBER, NUMBER | {"minimum": 1}, "$", "minimum was 0, is 1", WRITERS),
        (NUMBER, NUMBER | {"minimum": -1}, "$", "minimum was 0, is -1", READERS),
        (NUMBER, NUMBER | {"maximum": 9}, "$", "maximum was 10, is 9", WRITERS),
        (NUMBER, NUMBER | {"maximum": 11}, "$", "maximum was 10, is 11", READERS),
        (TEXT, TEXT | {"maxLength": 5}, "$", "maxLength was None, is 5", WRITERS),
        (TEXT | {"maxLength": 5}, TEXT, "$", "maxLength was 5, is None", READERS),
        (TEXT, TEXT | {"pattern": "^a$"}, "$", "pattern was None, is ^a$", WRITERS),
        (TEXT | {"pattern": "^a$"}, TEXT | {"pattern": "^b$"}, "$", "pattern was ^a$, is ^b$", WRITERS),
        (TEXT | {"pattern": "^a$"}, TEXT, "$", "pattern was ^a$, is None", READERS),
        (
            {"type": "array", "items": TEXT},
            {"type": "array", "items": TEXT | {"minLength": 1}},
            "$[]",
            "minLength was None, is 1",
            WRITERS,
        ),
        (
            {"type": "array", "prefixItems": [TEXT, NUMBER]},
            {"type": "array", "prefixItems": [TEXT, NUMBER | {"maximum": 9}]},
            "$[1]",
            "maximum was 10, is 9",
            WRITERS,
        ),
        (
            {"type": "object", "additionalProperties": NUMBER},
            {"type": "object", "additionalProperties": NUMBER | {"maximum": 11}},
            "$.*",
            "maximum was 10, is 11",
            READERS,
        ),
        (
            {"type": "object", "propertyNames": {"enum": ["a", "b"]}},
            {"type": "object", "propertyNames": {"enum": ["a"]}},
            "$ (names)",
            "no longer takes b",
            WRITERS,
        ),
    ],
)
def test_a_break_is_told_with_its_path_and_who_goes_first(old: Any, new: Any, path: str, what: str, first: First) -> None:
    assert [(change.path, change.what, change.deploy_first) for change in breaking_changes(old, new)] == [(path, what, first)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (record(), record(a=TEXT)),
        (TEXT | {"description": "old words"}, TEXT | {"description": "new words", "title": "T"}),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
        (record(("a",), a=TEXT), {"$ref": "#/$defs/R", "$defs": {"R": record(("a",), a=TEXT)}}),
        ({}, True),
    ],
)
def test_what_nobody_notices_breaks_nothing(old: Any, new: Any) -> None:
    assert breaking_changes(old, new) == []


def test_a_closed_object_no_longer_takes_other_fields() -> None:
    (change,) = breaking_changes(record(), record() | {"additionalProperties": False})
    assert (change.path, change.deploy_first) == ("$.*", WRITERS)


def test_references_are_followed_in_each_of_the_two() -> None:
    old = {"$ref": "#/$defs/A", "$defs": {"A": record(a=NUMBER)}}
    new = {"$ref": "#/$defs/B", "$defs": {"B": record(a=NUMBER | {"maximum": 9})}}
    assert [str(change) for change in breaking_changes(old, new)] == ["$.a: maximum was 10, is 9 (writers first)"]


def test_another_constant_breaks_both_sides() -> None:
    breaks = breaking_changes(TEXT | {"const": "v1"}, TEXT | {"const": "v2"})
    assert [str(change) for change in breaks] == ["$: no longer takes v1 (writers first)", "$: also takes v2 (readers first)"]


def test_only_a_narrower_schema_refuses_records_in_the_log() -> None:
    breaks = breaking_changes(record(a=NUMBER, b=NUMBER), record(a=NUMBER | {"maximum": 11}, b=NUMBER | {"maximum": 9}))
    assert [change.path for change in refused_records(breaks)] == ["$.b"]
