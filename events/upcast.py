"""Older versions of a type, made current one step at a time: v1 -> v2 -> v3. A step knows two neighbours and nothing else."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from events.scalars import Name, Sequence, Token
from events.wire import Envelope, Surveyed, TicketSurveyed


class SurveyedV1(Struct, frozen=True):
    """Ratings were stars, 1 to 5, and nobody said so."""

    rating: Annotated[int, Meta(ge=1, le=5)]
    kind: Literal["csat", "nps", "ces", "quality", "agent"] = "csat"
    survey: Name = ""
    customer: Token = ""
    sequence: Sequence = 0


class TicketSurveyedV1(Envelope, frozen=True, tag="deskpulse.ticket.surveyed.v1"):
    data: SurveyedV1
    vendor: Name = ""


class _Head(Struct, frozen=True):
    type: str


_head = msgspec.json.Decoder(_Head)
_surveyed_v1 = msgspec.json.Decoder(TicketSurveyedV1)
_encoder = msgspec.json.Encoder()


def _surveyed_v1_to_v2(raw: bytes) -> bytes:
    old = _surveyed_v1.decode(raw)
    data = Surveyed(
        rating=old.data.rating,
        scale_min=1,
        scale_max=5,
        kind=old.data.kind,
        survey=old.data.survey,
        customer=old.data.customer,
        sequence=old.data.sequence,
    )
    return _encoder.encode(
        TicketSurveyed(
            specversion=old.specversion,
            id=old.id,
            source=old.source,
            subject=old.subject,
            time=old.time,
            data=data,
            vendor=old.vendor,
        )
    )


STEPS: dict[str, Callable[[bytes], bytes]] = {"deskpulse.ticket.surveyed.v1": _surveyed_v1_to_v2}
"""From each older type, the step to the next one."""


def to_current(raw: bytes) -> bytes | None:
    """The newest version of an event of an older one; None if it is not an older one, or not a valid one."""
    newer = None
    try:
        while (step := STEPS.get(_head.decode(raw).type)) is not None:
            newer = raw = step(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return newer
