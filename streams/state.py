"""What is remembered of an account beside its tickets and windows, as `fold-state` holds it."""

from __future__ import annotations

from msgspec import Struct

from streams.book import Dated
from streams.drift.detector import Standing
from streams.gauges import State


class AccountState(Struct, array_like=True):
    """What is remembered of an account beside its tickets and windows."""

    schema: int
    version: int
    account: str
    clock: int
    closed: int
    last_event: int
    until: int
    late: list[tuple[str, State | None]]
    """Tickets changed by late events, as they stood at the last close."""
    shown: list[tuple[str, str]]
    standings: list[Standing]


class Settings(Struct, array_like=True):
    schema: int
    version: int
    account: str
    read: tuple[Dated, ...]
    """In the order of the log."""
