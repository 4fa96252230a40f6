"""A fault as pydantic reports it, in our words: where, and what was expected there. Law: what was sent is not repeated."""

from pydantic_core import ErrorDetails

from events.fields import Model


def _field_names(model: type[Model]) -> set[str]:
    """Of a model and of all that are made from it."""
    return set(model.model_fields).union(*(_field_names(made) for made in model.__subclasses__()))


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing_size": "an integer that is not so large",
    "bool_type": "true or false",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_long": "at most {max_length} items",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "value_error": "{error}",
}
"""By pydantic's name of the fault; the holes are what the schema says."""

_KNOWN = frozenset(_field_names(Model))
_KEY = "[key]"


def fault(details: ErrorDetails) -> str:
    """`$.data.rating: expected an integer`."""
    path = _path(details["loc"])
    if details["type"] == "missing":
        return f"{path}: required, and missing"
    words = _EXPECTED.get(details["type"], "something else, see the schema of the type")
    of_a_name = "a name of " if details["loc"] and details["loc"][-1] == _KEY else ""
    return f"{path}: expected {of_a_name}{words.format_map(details.get('ctx', {}))}"


def _path(steps: tuple[int | str, ...]) -> str:
    """Names that the sender chose are shown as `*`."""
    path = "$"
    for step in steps:
        if step == _KEY:
            continue
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if step in _KNOWN else ".*"
    return path
