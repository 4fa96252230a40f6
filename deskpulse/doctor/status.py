"""What a part on this machine said last about itself, if it runs here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psutil

from deskpulse.clock import wall_ms
from deskpulse.settings import Settings
from deskpulse.wiring.status import status_folder

_OLD_S = 10.0


@dataclass(frozen=True, slots=True)
class Status:
    silent_s: float
    lag: int | None
    waiting_for: str

    @property
    def is_old(self) -> bool:
        return self.silent_s > _OLD_S


def status_of(settings: Settings, part: str) -> Status | None:
    """Of all its processes together; the one that is silent longest speaks for them. None: it does not run here."""
    files = sorted(status_folder(settings).glob(f"{part}*.json"))
    said = [one for file in files if (one := _read(file.read_bytes())) is not None and not _is_left_over(one)]
    if not said:
        return None
    lags = [lag for one in said if (lag := _lag(one)) is not None]
    return Status(
        silent_s=max((wall_ms() - int(one["at_ms"])) / 1000 for one in said),
        lag=sum(lags) if len(lags) == len(said) else None,
        waiting_for=next((str(one["waiting_for"]) for one in said if one.get("waiting_for")), ""),
    )


def _is_left_over(said: dict[str, Any]) -> bool:
    """Of a process that ended. A fresh one is none, wherever its writer runs: a container does not see the others' processes."""
    at_s = int(said["at_ms"]) / 1000
    if wall_ms() / 1000 - at_s <= _OLD_S:
        return False
    try:
        writer = psutil.Process(int(said["pid"]))
        # One that began later got the number of one that ended.
        return bool(writer.status() == psutil.STATUS_ZOMBIE or writer.create_time() > at_s)
    except (psutil.Error, KeyError, ValueError):
        return True


def _read(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "at_ms" in found else None


def _lag(said: dict[str, Any]) -> int | None:
    if "topics" in said:
        return sum(int(one["lag"]) for one in said["topics"].values())
    lags = [one.get("lag") for one in said.get("partitions", ())]
    return None if None in lags else sum(int(lag) for lag in lags)
