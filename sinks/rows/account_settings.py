"""`account_settings`: every settings record of an account; the highest version holds. Pure."""

from __future__ import annotations

import msgspec

from events.wire import AccountConfigured
from sinks.instant import epoch_ms
from sinks.table import Row, Table

_encoder = msgspec.json.Encoder()

ACCOUNT_SETTINGS = Table(
    name="account_settings",
    columns=("account", "version", "at", "settings"),
    identity=("account", "version"),
)


def settings_row(event: AccountConfigured, account: str, version: int) -> Row:
    return (account, version, epoch_ms(event.time), _encoder.encode(event.data).decode())
