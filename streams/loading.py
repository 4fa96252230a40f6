"""State records as they are read back, until the last one of each key is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from events.derived import SCHEMA, PositionRecord
from streams.faults import NewerSchemaError
from streams.state import AccountState, Settings
from streams.tickets.press import Press
from streams.tickets.ticket import unpack_row

_decode_position = msgspec.msgpack.Decoder(PositionRecord)
_decode_account = msgspec.msgpack.Decoder(AccountState)
_decode_settings = msgspec.msgpack.Decoder(Settings)
_decode_deaths = msgspec.msgpack.Decoder(int)


class Loading:
    """State records as read, before the last of each key is known."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._positions: dict[int, PositionRecord] = {}
        self.accounts: dict[str, AccountState] = {}
        self.settings: dict[str, Settings] = {}
        self.deaths: dict[int, int] = {}
        self.tickets: dict[str, dict[str, bytes]] = {}
        self._minutes: dict[str, dict[int, bytes]] = {}
        self.gauges: dict[str, set[int]] = {}

    def take(self, topic: str, key: bytes, value: bytes | None) -> None:
        head, _, rest = key.decode().partition("/")
        if topic == "tickets":
            # Pressed one by one: most of a partition's tickets are closed, and unpressed they would be three times the memory.
            is_closed = value is not None and unpack_row(value).status != "open"
            _put(self.tickets.setdefault(head, {}), rest, self._press.press(value) if value is not None and is_closed else value)
        elif topic == "metric-windows":
            minute, _, gauges = rest.partition("/")
            if not gauges:
                _put(self._minutes.setdefault(head, {}), int(minute), value)
            elif value is None:
                self.gauges.setdefault(head, set()).discard(int(minute))
            else:
                self.gauges.setdefault(head, set()).add(int(minute))
        elif topic == "fold-state":
            self._take_state(head, rest, value)

    def _take_state(self, kind: str, name: str, value: bytes | None) -> None:
        if value is None:
            if kind == "deaths":
                self.deaths.pop(int(name), None)
            return
        if kind == "deaths":
            self.deaths[int(name)] = _decode_deaths.decode(value)
        elif kind == "position":
            self._positions[int(name)] = _known(kind, name, _decode_position.decode(value))
        elif kind == "account":
            self.accounts[name] = _known(kind, name, _decode_account.decode(value))
        elif kind == "settings":
            self.settings[name] = _known(kind, name, _decode_settings.decode(value))

    def position(self, number: int) -> PositionRecord | None:
        return self._positions.get(number)

    def names(self) -> Iterable[str]:
        return sorted(self.accounts.keys() | self.settings.keys())

    def minutes(self, name: str) -> dict[int, bytes]:
        return self._minutes.get(name, {})


_Record = TypeVar("_Record", PositionRecord, AccountState, Settings)


def _known(kind: str, name: str, record: _Record) -> _Record:
    """The record, if this release knows its schema."""
    if record.schema > SCHEMA:
        raise NewerSchemaError(f"{kind} {name}", record.schema, SCHEMA)
    return record


def _put(where: dict, key: object, value: bytes | None) -> None:  # type: ignore[type-arg]
    if value is None:
        where.pop(key, None)
    else:
        where[key] = value
