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
from deskpulse.sources.write import replace

# At hundreds of times the real speed a second of the wall is minutes: of a signature's age, and of an event's lateness.
_TOLERANCE = "2h"
_GRACE = "20m"


@dataclass(frozen=True, slots=True)
class Demo:
    file: Path
    settings: Settings
    secret: str = field(repr=False)
    token: str = field(repr=False)

    def at_real_speed(self) -> Settings:
        """What holds once the present is met: minutes close as soon as they do by default."""
        tree = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        for account in tree["accounts"].values():
            account.pop("grace", None)
        replace(self.file, yaml.safe_dump(tree, sort_keys=False))
        return load(self.file)


def prepare(folder: Path) -> Demo:
    """Writes the file, for its owner alone, and reads it back as `up` would."""
    secret, token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    kafka, clickhouse, gateway = _three_ports()
    tree: dict[str, Any] = {
        "accounts": {
            NORTH.account: {
                "customer_key": secrets.token_urlsafe(24),
                "grace": _GRACE,
                "targets": [{"metric": "frt_human", "channel": "chat", "within": "5m"}],
                "sources": {NORTH.source: {"vendor": "zendesk", "secrets": [secret], "tolerance": _TOLERANCE}},
            },
            TEA.account: {
                "customer_key": secrets.token_urlsafe(24),
                "grace": _GRACE,
                "sources": {TEA.source: {"vendor": "cloudevents", "tokens": [token]}},
            },
        },
        "kafka": {"port": kafka},
        "clickhouse": {"port": clickhouse},
        "gateway": {"port": gateway},
        "data": str(folder),
    }
    file = folder / "deskpulse.yaml"
    replace(file, yaml.safe_dump(tree, sort_keys=False))
    return Demo(file, load(file), secret, token)


def _three_ports() -> tuple[int, int, int]:
    found: set[int] = set()
    while len(found) < 3:
        found.add(free_port())
    first, second, third = sorted(found)
    return first, second, third
