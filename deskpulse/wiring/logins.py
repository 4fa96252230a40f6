"""Who a part is at ClickHouse: the configured login of its role, or the token of the local one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deskpulse.local_clickhouse.tokens import Role, has_tokens, load_or_create
from deskpulse.settings import Settings

RoleName = Literal["admin", "writer", "reader"]


@dataclass(frozen=True, slots=True)
class Access:
    address: str
    database: str
    user: str
    password: str = field(repr=False)


def access(settings: Settings, role: RoleName) -> Access:
    """For a local ClickHouse its data folder's token is made if there is none yet: all parts agree on one."""
    configured = getattr(settings.clickhouse, role)
    if configured is not None:
        user, password = configured.user, configured.password.get_secret_value()
    else:
        user, password = role, load_or_create(clickhouse_folder(settings)).of(Role(role))
    return Access(settings.clickhouse.address, settings.clickhouse.database, user, password)


def why_no_reader(settings: Settings) -> str:
    """What keeps a reader from asking ClickHouse, in words; nothing if it may be asked. To ask is no reason to make a data folder or tokens."""
    if settings.clickhouse.is_local and settings.clickhouse.reader is None and not has_tokens(clickhouse_folder(settings)):
        return f"no ClickHouse has run in {settings.data} yet. Start it: deskpulse up"
    if not settings.clickhouse.is_local and settings.clickhouse.reader is None:
        return "clickhouse.reader has no user and password"
    return ""


def clickhouse_folder(settings: Settings) -> Path:
    return settings.data / "clickhouse"
