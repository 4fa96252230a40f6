"""A gateway as a process of its own, to be killed: `python -m tests.gateway_process <deskpulse.yaml>`.

As `deskpulse gateway`, with a spool of small files, and with the point at which it kills itself: DESKPULSE_CRASH_AT=<step>:<nth>.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deskpulse.commands.logs import to_stderr
from deskpulse.settings import load
from deskpulse.wiring.gateway import gateway_settings
from ingest.gateway import run
from ingest.spool.steps import Step, nowhere
from tests.chaos.crash_at import CrashAt
from tests.processes import ended

_VARIABLE = "DESKPULSE_CRASH_AT"


@contextmanager
def gateway_process(config: Path, crash_at: tuple[Step, int] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Ended politely at the end of the block, if it has not died by then. What it says is beside the configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_")}
    if crash_at is not None:
        environment[_VARIABLE] = f"{crash_at[0]}:{crash_at[1]}"
    with config.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "tests.gateway_process", str(config)], env=environment, stderr=log)
    with ended(process):
        yield process


def _main(config: Path) -> None:
    settings = load(config)
    told = gateway_settings(settings, config)
    assert told.spool is not None
    # One record at a time, so that a kill finds the drain under way; and no long wait for a broker that a test has killed.
    spool = replace(told.spool, segment_bytes=4096, drain_records=1)
    told = replace(told, spool=spool, limits=replace(told.limits, append_s=1.0))
    at = os.environ.get(_VARIABLE)
    to_stderr()
    run(told, settings.gateway.host, settings.gateway.port, CrashAt.parse(at).reached if at else nowhere)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
