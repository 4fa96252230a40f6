"""Why a message is not an event, for people: the reason, and the path of each fault. Law: never raises, never repeats a value."""

import json
import re
from typing import Any, NoReturn, get_args

from pydantic import ValidationError

from events import models
from events.depth import MAX_DEPTH, is_too_deep
from events.expectations import fault
from events.fields import Model
from events.rejected import Reason, Rejected
from events.source import split_source

MODELS: dict[str, type[Model]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(models.AnyVersion)
}
"""Every type that decodes, older versions among them."""
FAULTS_TOLD = 10

_VERSION = re.compile(r"\.v[0-9]+\Z")


def rejection(raw: bytes) -> Rejected:
    """For bytes that `codec.decode` could not read. Account and source are filled where they can be read."""
    if is_too_deep(raw):
        return Rejected(raw, Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels; an event needs 5")
    try:
        names = _Names()
        message = json.loads(
            raw.decode(), object_pairs_hook=names.once, parse_constant=_no_constant, parse_int=_integer, parse_float=_fraction
        )
        readable = json.dumps(message, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        return Rejected(raw, Reason.NOT_JSON, f"not UTF-8 at byte {error.start}")
    except UnicodeEncodeError:
        return Rejected(raw, Reason.NOT_JSON, "text with half a surrogate pair")
    except json.JSONDecodeError as error:
        return Rejected(raw, Reason.NOT_JSON, f"not JSON at line {error.lineno}, column {error.colno}")
    except _NotJsonError as error:
        return Rejected(raw, Reason.NOT_JSON, str(error))
    if not isinstance(message, dict):
        return Rejected(raw, Reason.NOT_AN_EVENT, "$: expected an object, a CloudEvent 1.0 in structured JSON")
    reason, why = _fault_of(readable, message, names)
    source = message.get("source")
    account, name = (isinstance(source, str) and split_source(source)) or ("", "")
    return Rejected(raw, reason, why, account, name)


def _fault_of(readable: bytes, message: dict[str, Any], names: "_Names") -> tuple[Reason, str]:
    kind = message.get("type")
    if not isinstance(kind, str):
        return Reason.NOT_AN_EVENT, "$.type: expected text, as deskpulse.ticket.opened.v1"
    model = MODELS.get(kind)
    if model is None:
        return _unknown(kind)
    try:
        model.model_validate_json(readable)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        told = [fault(details) for details in found[:FAULTS_TOLD]]
        more = [f"and {len(found) - FAULTS_TOLD} more"] if len(found) > FAULTS_TOLD else []
        return Reason.INVALID, "; ".join(told + more)
    return Reason.INVALID, "$: a name appears twice in one object" if names.repeated else f"$: does not fit {kind}"


def _unknown(kind: str) -> tuple[Reason, str]:
    stem = _VERSION.sub("", kind)
    versions = [known for known in MODELS if _VERSION.sub("", known) == stem]
    if versions:
        return Reason.UNKNOWN_VERSION, f"$.type: expected {' or '.join(sorted(versions))}"
    return Reason.UNKNOWN_TYPE, "$.type: expected one of the types in schemas/, as deskpulse.ticket.opened.v1"


class _NotJsonError(ValueError):
    """Python's parser takes what JSON does not allow."""


class _Names:
    """Notices a name that one object has twice: parsers differ in which one they take."""

    def __init__(self) -> None:
        self.repeated = False

    def once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        self.repeated |= len(members) < len(pairs)
        return members


def _no_constant(_: str) -> NoReturn:
    raise _NotJsonError("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    """One of a million digits would take long to read; it is out of any range, and which one does not matter."""
    return int(digits) if len(digits) < 40 else 10**40


def _fraction(_: str) -> float:
    """No field is a fraction, so which one does not matter; and a huge one would become infinite."""
    return 0.5
