"""One fault of the configuration in words: where it stands, what is wrong, what would be right. Never a value of a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    line: int | None
    loc: Loc
    text: str
    variable: str = ""
    """The environment variable that said so, if one did."""

    @property
    def path(self) -> str:
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.loc).removeprefix(".")

    def __str__(self) -> str:
        where = self.variable or (f"line {self.line}" if self.line else "")
        return ": ".join(filter(None, [where, self.path, self.text]))


def explained(error: ErrorDetails, root: type[BaseModel]) -> tuple[Loc, str]:
    """Where one of pydantic's errors belongs, and its text for the person who wrote the file."""
    loc = tuple(part for part in error["loc"] if part != "[key]")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return loc, _unknown_key(str(loc[-1]), _known_keys(root, loc[:-1]))
    if kind == "missing":
        return loc, f"missing: {_description(root, loc)}"
    if kind == "value_error":
        return loc, str(context["error"])
    if kind == "string_pattern_mismatch" and error["loc"] and error["loc"][-1] == "[key]":
        return loc, "a name has lower-case letters, digits, - and _, at most 63, and begins with a letter or digit"
    if kind == "literal_error":
        # It names all that is right itself.
        return loc, _said(error)
    said, right = _said(error), _description(root, loc)
    return loc, f"{said}; {right}" if right else said


def _said(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "string_type":
            return "must be text; put it in quotes"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must hold keys and values"
        case "tuple_type":
            return "must be a list"
        case "too_long":
            return f"at most {context['max_length']}"
        case "too_short" | "string_too_short":
            return f"at least {context['min_length']}"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "literal_error":
            return f"must be {context['expected']}"
        case "string_pattern_mismatch":
            return "not of the right form"
        case _:
            return error["msg"][0].lower() + error["msg"][1:]


def _unknown_key(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"unknown key; {hint}"


def close_to(name: str, known: Sequence[str]) -> str | None:
    found = get_close_matches(name, known, n=1, cutoff=0.75)
    return found[0] if found else None


def _known_keys(root: type[BaseModel], loc: Loc) -> list[str]:
    found = _type_at(root, loc)
    return list(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else []


def _description(root: type[BaseModel], loc: Loc) -> str:
    """Of the innermost field on the way: an element of a list is described by its list."""
    described, current = "", root
    for end in range(len(loc)):
        holder = _type_at(current, loc[:end])
        if isinstance(holder, type) and issubclass(holder, BaseModel) and (field := holder.model_fields.get(str(loc[end]))):
            described = field.description or ""
    return described


def _type_at(root: type[BaseModel], loc: Loc) -> Any:
    current: Any = root
    for part in loc:
        current = _step(bare(current), part)
    return bare(current)


def _step(current: Any, part: str | int) -> Any:
    if isinstance(current, type) and issubclass(current, BaseModel):
        field: FieldInfo | None = current.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(current)
    match get_origin(current):
        case origin if origin is tuple and arguments:
            return arguments[0]
        case origin if isinstance(origin, type) and issubclass(origin, Mapping):
            return arguments[1]
        case _:
            return None


def bare(annotation: Any) -> Any:
    """Without `Annotated` and `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif type(None) in get_args(annotation):
            annotation = next(one for one in get_args(annotation) if one is not type(None))
        else:
            return annotation
