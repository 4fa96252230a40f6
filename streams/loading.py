"""State records as they are read back, until the last one of each key is known."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from events.derived import SCHEMA, PositionRecord
from streams.faults import NewerSchemaError
from streams.state import AccountState, Settings
from streams.tickets.press import Press
from streams.tickets.ticket import unpack_row

_decode_position = msgspec.msgpack.Decoder(PositionRecord)
_decode_account = msgspec.msgpack.Decoder(AccountState)
_decode_settings = msgspec.msgpack.Decoder(Settings)
_decode_deaths = msgspec.msgpack.Decoder(int)


class _Head(Struct, array_like=True):
    """How every record of a minute begins."""

    schema: int
    version: int


_decode_head = msgspec.msgpack.Decoder(_Head)


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
        self.furthest = (-1, "nothing")
        """The highest version that was read, and what has it."""

    def take(self, topic: str, key: bytes, value: bytes | None) -> None:
        head, _, rest = key.decode().partition("/")
        if topic == "tickets":
            if value is not None:
                row = unpack_row(value)
                self._known(f"ticket {head}/{rest}", row.schema, row.version)
                # Pressed one by one: most of a partition's tickets are closed, and unpressed they would be three times the memory.
                value = value if row.status == "open" else self._press.press(value)
            _put(self.tickets.setdefault(head, {}), rest, value)
        elif topic == "metric-windows":
            if value is not None:
                written = _decode_head.decode(value)
                self._known(f"minute {head}/{rest}", written.schema, written.version)
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
            position = self._positions[int(name)] = _decode_position.decode(value)
            self._known(f"{kind} {name}", position.schema)
        elif kind == "account":
            account = self.accounts[name] = _decode_account.decode(value)
            self._known(f"{kind} {name}", account.schema, account.version)
        elif kind == "settings":
            settings = self.settings[name] = _decode_settings.decode(value)
            self._known(f"{kind} {name}", settings.schema, settings.version)

    def _known(self, what: str, schema: int, version: int = -1) -> None:
        """Of a schema that this release knows; and how far it was folded."""
        if schema > SCHEMA:
            raise NewerSchemaError(what, schema, SCHEMA)
        if version > self.furthest[0]:
            self.furthest = (version, what)

    def position(self, number: int) -> PositionRecord | None:
        return self._positions.get(number)

    def names(self) -> Iterable[str]:
        return sorted(self.accounts.keys() | self.settings.keys())

    def minutes(self, name: str) -> dict[int, bytes]:
        return self._minutes.get(name, {})


def _put(where: dict, key: object, value: bytes | None) -> None:  # type: ignore[type-arg]
    if value is None:
        where.pop(key, None)
    else:
        where[key] = value
