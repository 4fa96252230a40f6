"""What a changed JSON Schema breaks, and which side must be deployed first. Pure; knows the part of JSON Schema that our schemas use.

A narrower schema refuses what is already written: writers must stop first, and a log that keeps everything keeps it for ever, so that
such a change needs a new version. A wider one is refused by older readers: they must learn it first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]

_KINDS = ("array", "boolean", "integer", "null", "number", "object", "string")
_LOWER = ("minimum", "minLength", "minItems")
_UPPER = ("maximum", "maxLength", "maxItems")


class First(StrEnum):
    """Which side must be deployed first."""

    READERS = "readers"
    WRITERS = "writers"


@dataclass(frozen=True, slots=True)
class Break:
    path: str
    """`$.data.rating`; `*` is any name, `[]` any element."""
    what: str
    deploy_first: First

    def __str__(self) -> str:
        return f"{self.path}: {self.what} ({self.deploy_first} first)"


def breaking_changes(old: Schema, new: Schema) -> list[Break]:
    """Everything that a reader or writer of one of the two would not expect of the other. Words, titles and new optional fields break nothing."""
    # Each once: a schema that names no kind of value says the same of all of them.
    return list(dict.fromkeys(_Comparison(old, new).compare(old, new, "$")))


def refused_records(breaks: list[Break]) -> list[Break]:
    """Those by which records that are already in a log would be refused or read otherwise."""
    return [change for change in breaks if change.deploy_first is First.WRITERS]


class _Comparison:
    """Of two documents: references are followed within each."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def compare(self, old: Any, new: Any, path: str) -> Iterator[Break]:
        if old is new is True:
            return  # anything, with anything in it, without end
        olds, news = _by_kind(old, self._old), _by_kind(new, self._new)
        if gone := sorted(olds.keys() - news.keys()):
            yield Break(path, f"no longer takes {', '.join(gone)}", First.WRITERS)
        if added := sorted(news.keys() - olds.keys()):
            yield Break(path, f"also takes {', '.join(added)}", First.READERS)
        for kind in sorted(olds.keys() & news.keys()):
            yield from _values(olds[kind], news[kind], path)
            yield from _bounds(olds[kind], news[kind], path)
            yield from _words(olds[kind], news[kind], path)
            if kind == "object":
                yield from self._object(olds[kind], news[kind], path)
            if kind == "array":
                yield from self._array(olds[kind], news[kind], path)

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        fields, new_fields = old.get("properties", {}), new.get("properties", {})
        required, new_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(new_required - required):
            yield Break(f"{path}.{name}", "is now required", First.WRITERS)
        for name in sorted(required - new_required):
            gone = "was required and is gone" if name not in new_fields else "is no longer required"
            yield Break(f"{path}.{name}", gone, First.READERS)
        for name in sorted(fields.keys() - new_fields.keys() - required):
            yield Break(f"{path}.{name}", "is gone: what was written in it would be ignored", First.WRITERS)
        for name in sorted(fields.keys() & new_fields.keys()):
            yield from self.compare(fields[name], new_fields[name], f"{path}.{name}")
            yield from _default(fields[name], new_fields[name], f"{path}.{name}")
        yield from self.compare(old.get("additionalProperties", True), new.get("additionalProperties", True), f"{path}.*")
        yield from self.compare(old.get("propertyNames", True), new.get("propertyNames", True), f"{path} (names)")

    def _array(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        # Another number of elements shows in minItems and maxItems.
        for place, (was, becomes) in enumerate(zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)):
            yield from self.compare(was, becomes, f"{path}[{place}]")
        yield from self.compare(old.get("items", True), new.get("items", True), f"{path}[]")


def _by_kind(schema: Any, document: Schema) -> dict[str, Schema]:
    """The schema of each kind of JSON value that it takes."""
    if isinstance(schema, bool):
        return {kind: {} for kind in _KINDS} if schema else {}
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return _by_kind(document["$defs"][name], document)
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return {kind: found for one in alternatives for kind, found in _by_kind(one, document).items()}
    return dict.fromkeys(_kinds(schema), schema)


def _kinds(schema: Schema) -> tuple[str, ...]:
    kind = schema.get("type")
    if kind is None:
        return _KINDS
    return ("integer", "number") if kind == "number" else (kind,)


def _values(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    was, becomes = _allowed(old), _allowed(new)
    if becomes is not None and (was is None or was - becomes):
        gone = "all but some values" if was is None else ", ".join(sorted(was - becomes))
        yield Break(path, f"no longer takes {gone}", First.WRITERS)
    if was is not None and (becomes is None or becomes - was):
        added = "any value" if becomes is None else ", ".join(sorted(becomes - was))
        yield Break(path, f"also takes {added}", First.READERS)


def _allowed(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {str(value) for value in values}


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    for bound in (*_LOWER, *_UPPER):
        was, becomes = old.get(bound), new.get(bound)
        if was == becomes:
            continue
        tighter = was is None or (becomes is not None and (becomes > was if bound in _LOWER else becomes < was))
        yield Break(path, f"{bound} was {was}, is {becomes}", First.WRITERS if tighter else First.READERS)


def _words(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    for name in ("pattern", "format"):
        was, becomes = old.get(name), new.get(name)
        if was != becomes:
            # Whether another pattern is narrower cannot be told; the careful answer is yes.
            yield Break(path, f"{name} was {was}, is {becomes}", First.READERS if becomes is None else First.WRITERS)


def _default(old: Any, new: Any, path: str) -> Iterator[Break]:
    """A record that leaves the field out means something else than it did."""
    was, becomes = (schema.get("default") if isinstance(schema, Mapping) else None for schema in (old, new))
    if was != becomes:
        yield Break(path, "has another default", First.WRITERS)
