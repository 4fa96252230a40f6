"""The kinds of field an event is made of, as pydantic checks them; `scalars` has the same ones for msgspec.

Strict: `"5"` is not a number, `1.0` not an integer, and null is not absence. Unknown fields are ignored, so that a newer writer is no fault.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from events import scalars


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", use_attribute_docstrings=True)


def _instant(value: Any) -> Any:
    """Read by msgspec here too: pydantic alone takes numbers, bare dates and times without a zone."""
    try:
        return msgspec.convert(value, scalars.Instant)
    except msgspec.ValidationError as error:
        raise ValueError(INSTANT_EXPECTED) from error


INSTANT_EXPECTED = "an RFC 3339 date and time with its zone, as 2025-03-04T09:40:00Z"
_RFC_3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})$"
_SOURCE = r"^/([a-z0-9][a-z0-9_-]{0,62}/[a-z0-9][a-z0-9_-]{0,62}|-/clock)$"

Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Name = Annotated[str, StringConstraints(max_length=128)]
Token = Annotated[str, StringConstraints(max_length=64)]
Tags = Annotated[tuple[Name, ...], Field(max_length=100)]
# The pattern of a source is published but not checked here: the fold splits it anyway, and matching it first would double the cost of decoding.
SourceName = Annotated[str, Field(max_length=200, json_schema_extra={"pattern": _SOURCE})]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _RFC_3339}),
]
Sequence = Annotated[int, Field(ge=0, le=2**62)]
Count = Annotated[int, Field(ge=0, le=2**31)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]
Ratio = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?$")]
Money = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Rating = Annotated[int, Field(ge=-1000, le=1000)]

Actor = Literal["customer", "agent", "bot", "system"]
Direction = Literal["in", "out"]
SurveyKind = Literal["csat", "nps", "ces", "quality", "agent"]
ChannelClass = Literal["realtime", "social", "email"]
