"""An alert's transition, read from its canonical JSON: what rows and notices need of it. Pure."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from sinks.instant import epoch_ms

Instant = Annotated[datetime, Meta(tz=True)]


class Rule(Struct, frozen=True):
    id: str
    version: int


class Level(Struct, frozen=True):
    """An observed or expected value; more stands beside it."""

    value: float | None = None
    unit: str = ""


class Episode(Struct, frozen=True):
    episode_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
    """Part of ids and keys: no full stop, no slash."""
    alert_key: str
    seq: Annotated[int, Meta(ge=1, le=2**31)]
    state: str
    severity: str
    rule: Rule
    account: str
    metric: str
    opened_at: Instant
    historical: bool = False
    labels: dict[str, str] = {}
    direction: str = ""
    onset_at: Instant | None = None
    resolved_at: Instant | None = None
    resolve_reason: str | None = None
    observed: Level | None = None
    expected: Level | None = None
    summary: str = ""


class Alert(Struct, frozen=True):
    type: str
    timestamp: Instant
    data: Episode

    @property
    def at_ms(self) -> int:
        return epoch_ms(self.timestamp)

    @property
    def resolved_at_ms(self) -> int | None:
        return None if self.data.resolved_at is None else epoch_ms(self.data.resolved_at)

    @property
    def is_resolve(self) -> bool:
        """It tells that something ended."""
        return self.data.state == "resolved"

    @property
    def send_id(self) -> str:
        """The same on every attempt and in every replay."""
        return f"{self.data.episode_id}-{self.data.seq}"


_decoder = msgspec.json.Decoder(Alert)


def read(value: bytes) -> Alert:
    """A msgspec.DecodeError for bytes that are no alert."""
    return _decoder.decode(value)
