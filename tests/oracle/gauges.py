"""Open and waiting tickets at the end of each watched minute. Section 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.oracle.life import Life
from tests.oracle.minutes import MINUTE_MS
from tests.oracle.turns import Turns

_DAY_MS = 86_400_000
Label = tuple[str, str]
"""Scope and label."""


class Stand(NamedTuple):
    """Of an open ticket."""

    waiting_since: int | None
    channel: str
    team: str


class Reading(NamedTuple):
    open: int
    waiting: int
    oldest_ms: int


Timeline = Sequence[tuple[int, Stand | None]]
"""After each event of a history: its time and how the ticket stood."""


def timeline(life: Life, turns: Turns) -> Timeline:
    stands: list[tuple[int, Stand | None]] = []
    for step, waiting in zip(life.steps, turns.waiting, strict=True):
        stand = Stand(waiting, step.dimensions.channel, step.dimensions.team) if step.after == "open" else None
        stands.append((step.at, stand))
    return stands


class Gauges:
    """Of one account."""

    def __init__(self) -> None:
        self._lines: dict[str, Timeline] = {}
        self._stands: dict[str, Stand] = {}
        """Open tickets as of the last closed minute."""
        self.moved: set[str] = set()
        """Tickets that may stand otherwise when a later minute closes."""
        self._shown: set[Label] = set()

    def retold(self, ticket: str, line: Timeline) -> None:
        self._lines[ticket] = line
        self.moved.add(ticket)

    @property
    def is_quiet(self) -> bool:
        return not self.moved and not any(stand.waiting_since is not None for stand in self._stands.values())

    def close(self, minute: int, last_event_ms: int) -> Mapping[Label, Reading]:
        """The rows of a minute that closes: none if nobody watches it."""
        end_ms = (minute + 1) * MINUTE_MS
        watched = False
        for ticket in sorted(self.moved):
            line = self._lines[ticket]
            stand = _as_of(line, end_ms)
            watched = watched or stand != self._stands.get(ticket) or _moved_within(line, end_ms - MINUTE_MS, end_ms)
            if stand is None:
                self._stands.pop(ticket, None)
            else:
                self._stands[ticket] = stand
            if all(at < end_ms for at, _ in line):
                self.moved.discard(ticket)
        waiting = any(stand.waiting_since is not None for stand in self._stands.values())
        if not watched and not (waiting and end_ms <= last_event_ms + _DAY_MS):
            return {}
        return self._rows(end_ms)

    def _rows(self, end_ms: int) -> Mapping[Label, Reading]:
        under: dict[Label, list[Stand]] = {}
        for stand in self._stands.values():
            teams = [("team", stand.team)] if stand.team else []
            for label in [("total", ""), ("channel", stand.channel), *teams]:
                under.setdefault(label, []).append(stand)
        rows = {label: _reading(under.get(label, []), end_ms) for label in under.keys() | self._shown}
        self._shown = set(under)
        return rows


def _reading(stands: list[Stand], end_ms: int) -> Reading:
    since = [stand.waiting_since for stand in stands if stand.waiting_since is not None]
    return Reading(len(stands), len(since), end_ms - min(since) if since else 0)


def _as_of(line: Timeline, end_ms: int) -> Stand | None:
    """How the ticket stood just before an instant."""
    stand = None
    for at, after in line:
        if at < end_ms:
            stand = after
    return stand


def _moved_within(line: Timeline, start_ms: int, end_ms: int) -> bool:
    before = None
    for at, after in line:
        if start_ms <= at < end_ms and after != before:
            return True
        before = after
    return False
