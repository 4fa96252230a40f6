"""Any valid message of any event type, drawn from the types of `events.wire` themselves: a new field is covered when it exists.

A message is the JSON object before it is bytes, so that tests can also spoil it.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from events import wire

Message = dict[str, Any]

# Lone surrogates cannot be encoded, and are a law of their own.
_CHARACTERS = st.one_of(st.sampled_from(string.ascii_lowercase + '0-_ \n"\\'), st.characters(exclude_categories=["Cs"]))
_TIMES = st.datetimes().map(lambda naive: naive.isoformat() + "Z") | st.sampled_from(
    ["2025-03-04T09:40:00Z", "2025-03-04t09:40:00.5z", "2025-03-04 09:40:00+01:00", "2025-03-04T09:40:00.1234567-0330"]
)


def messages() -> st.SearchStrategy[Message]:
    """Of every type, with any of its optional fields left out."""
    return st.one_of(*(_message(kind) for kind in _event_types()))


def messages_of(event_type: str) -> st.SearchStrategy[Message]:
    (kind,) = (kind for kind in _event_types() if kind.tag == event_type)
    return _message(kind)


def spoiled(message: Message) -> st.SearchStrategy[Message]:
    """The message with one to three places changed: a value replaced, a field removed or added. It may still be valid."""
    return st.lists(st.tuples(st.integers(0, 40), _ODD, st.booleans()), min_size=1, max_size=3).map(
        lambda changes: _changed(message, changes)
    )


def _event_types() -> list[inspect.StructType]:
    union = inspect.type_info(wire.Event)
    assert isinstance(union, inspect.UnionType)
    return [kind for kind in union.types if isinstance(kind, inspect.StructType)]


def _message(kind: inspect.StructType) -> st.SearchStrategy[Message]:
    sources = st.sampled_from(["/acme/zendesk", "/acme/shop_2", "/-/clock"])
    return _struct(kind).flatmap(lambda drawn: sources.map(lambda source: {"type": kind.tag, **drawn, "source": source}))


def _struct(kind: inspect.StructType) -> st.SearchStrategy[Message]:
    if kind.cls is wire.Surveyed:
        return _surveyed(kind)
    required = {field.encode_name: _value(field.type) for field in kind.fields if field.required}
    optional = {field.encode_name: _value(field.type) for field in kind.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def _surveyed(kind: inspect.StructType) -> st.SearchStrategy[Message]:
    """The one type with a rule across its fields."""
    ratings = st.lists(st.integers(-1000, 1000), min_size=3, max_size=3).map(sorted).filter(lambda three: three[0] < three[2])
    others = {field.encode_name: _value(field.type) for field in kind.fields if not field.required}
    return st.builds(
        lambda three, rest: {"scale_min": three[0], "rating": three[1], "scale_max": three[2], **rest},
        ratings,
        st.fixed_dictionaries({}, optional=others),
    )


def _value(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.StructType():
            return _struct(kind)
        case inspect.StrType(pattern=str() as pattern):
            return st.from_regex(pattern)
        case inspect.StrType():
            return st.text(_CHARACTERS, min_size=kind.min_length or 0, max_size=min(kind.max_length or 20, 20))
        case inspect.IntType():
            return st.integers(kind.ge, kind.le) | st.sampled_from([kind.ge, kind.le])
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.DateTimeType():
            return _TIMES
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.VarTupleType():
            return st.lists(_value(kind.item_type), max_size=3)
        case inspect.TupleType():
            return st.tuples(*(_value(item) for item in kind.item_types)).map(list)
        case inspect.DictType():
            return st.dictionaries(_value(kind.key_type), _value(kind.value_type), max_size=2)
        case inspect.UnionType():
            return st.one_of(*(_value(member) for member in kind.types))
        case _:
            raise AssertionError(f"no strategy for {kind}: add one here")


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 1, -1, 5, 2**31, 2**31 + 1, 2**53 + 1, 2**62, 2**62 + 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "1", "1\n", "agent", "EUR\n", "٣", "x" * 65, "x" * 129, "x" * 257, "2025-03-04", "2025-03-04T09:40Z"]),
    st.text(_CHARACTERS, max_size=5),
    st.lists(st.text(_CHARACTERS, max_size=3), max_size=3),
    st.just(["x"] * 101),
    st.just({}),
    st.dictionaries(st.sampled_from(["rating", "actor", "x"]), st.integers(), max_size=2),
)


def _changed(message: Message, changes: list[tuple[int, Any, bool]]) -> Message:
    changed: Message = msgspec.json.decode(msgspec.json.encode(message))
    for number, odd, removes in changes:
        places = _places(changed)
        place = places[number % len(places)]
        # A copy: Hypothesis hands out one list twice, and a place inside it would then hold itself.
        place(None if removes else [deepcopy(odd)])
    return changed


def _places(node: Any) -> list[Callable[[list[Any] | None], None]]:
    """For each value below `node` what replaces it (by the list's one element) or removes it; and a new field in each object."""
    found: list[Callable[[list[Any] | None], None]] = []
    if isinstance(node, dict):
        found.append(_setter(node, "not_of_the_schema"))
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        # The type decides which schema holds; another one is a law of its own.
        if key != "type":
            found.append(_setter(node, key))
        found += _places(node[key])
    return found


def _setter(node: Any, key: Any) -> Callable[[list[Any] | None], None]:
    def put(value: list[Any] | None) -> None:
        if value is not None:
            node[key] = value[0]
        elif isinstance(node, list) or key in node:
            del node[key]

    return put
