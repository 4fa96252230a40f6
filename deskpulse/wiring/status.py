"""Where a part says, every second, how far it is: read by `deskpulse doctor`."""

from __future__ import annotations

from pathlib import Path

from deskpulse.private import private
from deskpulse.settings import Settings


def status_folder(settings: Settings) -> Path:
    return settings.data / "status"


def status_file(settings: Settings, part: str) -> Path:
    return private(status_folder(settings)) / f"{part}.json"
