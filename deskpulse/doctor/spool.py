"""What waits on disk for the broker: as the gateway says, or, where none answers, as its folder does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deskpulse.counted import counted
from deskpulse.doctor.finding import Finding, bad, good, look
from deskpulse.settings import Settings
from deskpulse.wiring.gateway import spool_folder

_OLD_S = 60
_NEARLY_FULL = 0.8


def spool(settings: Settings, told: dict[str, Any] | None) -> Iterator[Finding]:
    if told is None:
        yield from _left(settings)
        return
    records, size, most = int(told["records"]), int(told["bytes"]), int(told["most_bytes"])
    problem, age_s = str(told["problem"]), int(told["oldest_s"])
    waiting = counted(records, "record waits", "records wait")
    waits = f"{waiting} for the broker, {_mib(size)} of {_mib(most)}, the oldest for {age_s} s" if records else "empty"
    if problem == "full":
        yield bad(
            "spool",
            f"{waits}: full. What the helpdesk never sends again is lost",
            "bring the broker back, or raise gateway.spool_bytes and start the gateway again",
        )
    elif problem:
        yield bad(
            "spool",
            f"{waits}; {spool_folder(settings)} cannot be written ({problem}): no event is kept while the broker is away",
            "free space there, let its user write there, or set gateway.spool to another folder",
        )
    elif size > most * _NEARLY_FULL:
        yield bad("spool", f"{waits}: nearly full", "bring the broker back before it is")
    elif age_s > _OLD_S:
        yield look("spool", waits, "nothing is lost; it is appended when the broker is back")
    else:
        yield good("spool", waits)


def _left(settings: Settings) -> Iterator[Finding]:
    """By a gateway that does not run now, if it ran on this machine."""
    try:
        size = sum(path.stat().st_size for path in spool_folder(settings).glob("*.segment"))
    except OSError:
        return
    if size:
        yield look(
            "spool", f"{_mib(size)} of accepted events wait in {spool_folder(settings)}", "start the gateway: it appends them"
        )


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
