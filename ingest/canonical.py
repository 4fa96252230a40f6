"""An event's bytes as they are appended: checked against the published shape, whole milliseconds, UTC. Pure.

Law: what passes decodes to an equal event, so nothing of ours in the log is ever a dead letter for its form.
"""

from __future__ import annotations

from msgspec.structs import replace

from events import codec
from events.rejected import Reason, Rejected
from events.wire import Event
from ingest import times


def canonical(event: Event) -> bytes | Rejected:
    """Its bytes, or what is wrong with a value in it."""
    at_ms = times.instant_ms(event.time)
    if at_ms is None:
        return Rejected(codec.encode(event), Reason.INVALID, "$.time: expected an instant between 1970 and 9999")
    raw = codec.encode(replace(event, time=times.canonical(at_ms)))
    checked = codec.decode(raw)
    return checked if isinstance(checked, Rejected) else raw
