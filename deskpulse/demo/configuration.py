"""The demo's own deskpulse.yaml: two accounts, fresh secrets, free ports."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deskpulse.demo.shops import NORTH, TEA
from deskpulse.local_kafka.ports import free_port
from deskpulse.settings import Settings, load

_TOLERANCE = "2h"


@dataclass(frozen=True, slots=True)
class Demo:
    file: Path
    settings: Settings
    secret: str = field(repr=False)
    token: str = field(repr=False)


def prepare(folder: Path, retention_days: int = 3) -> Demo:
    """Writes the file, for its owner alone, and reads it back as `up` would."""
    secret, token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    kafka, clickhouse, gateway = _three_ports()
    tree: dict[str, Any] = {
        "accounts": {
            NORTH.account: {
                "customer_key": secrets.token_urlsafe(24),
                "targets": [{"metric": "frt_human", "channel": "chat", "within": "5m"}],
                "sources": {
                    # At hundreds of times the real speed a second of the wall is minutes of the signature's age.
                    NORTH.source: {"vendor": "zendesk", "secrets": [secret], "tolerance": _TOLERANCE}
                },
            },
            TEA.account: {
                "customer_key": secrets.token_urlsafe(24),
                "sources": {TEA.source: {"vendor": "cloudevents", "tokens": [token]}},
            },
        },
        "kafka": {"port": kafka},
        "clickhouse": {"port": clickhouse},
        "gateway": {"port": gateway},
        "data": str(folder),
        "retention": {"windows_days": retention_days},
    }
    file = folder / "deskpulse.yaml"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return Demo(file, load(file), secret, token)


def _three_ports() -> tuple[int, int, int]:
    found: set[int] = set()
    while len(found) < 3:
        found.add(free_port())
    first, second, third = sorted(found)
    return first, second, third
