"""A fold worker as a process of its own: what the tests start, stop and kill. Its settings come as JSON, its fold by name."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from streams.contract import FoldFactory
from streams.crash_points import CrashPoints, NoCrash
from streams.settings import Deadlines, WorkerSettings
from streams.worker import run
from tests.chaos.crash_at import CrashAt
from tests.chaos.pause_at import Gate, PauseAt


def main(text: str) -> None:
    told: dict[str, Any] = json.loads(text)
    crash: CrashPoints = NoCrash()
    if at := os.environ.get("DESKPULSE_CRASH_AT"):
        crash = CrashAt.parse(at)
    if pause := told.get("pause_at"):
        crash = PauseAt(pause["point"], pause["nth"], Gate(Path(pause["folder"])))
    offset_ms = int(told.get("clock_offset_ms", 0))
    run(
        WorkerSettings(
            bootstrap=told["bootstrap"],
            prefix=told["prefix"],
            app_id=told["app_id"],
            instance_id=told.get("instance_id"),
            session_timeout_s=told.get("session_timeout_s", 10.0),
            fold_factory=_factory(told["fold"]),
            clock_ms=lambda: time.time_ns() // 1_000_000 + offset_ms,
            status_file=Path(told["status_file"]),
            status_every_ms=100,
            crash_points=crash,
            deadlines=Deadlines(**told.get("deadlines", {})),
        )
    )


def _factory(name: str) -> FoldFactory:
    module, _, attribute = name.partition(":")
    factory: FoldFactory = getattr(importlib.import_module(module), attribute)
    return factory


if __name__ == "__main__":
    main(sys.argv[1])
