"""How many tickets are open and waiting in one account, and since when, as of the last closed minute.

What an event changes is noted for the minute it happened in, and takes effect when that minute closes: a gauge is
computed from the events known at the close that lie before the minute's end.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import msgspec

from events.derived import SCHEMA, Minute, Window
from events.metrics import BACKLOG_OPEN, OLDEST_WAIT, WAITING_NOW
from streams.windows import MINUTE_MS

State = tuple[int | None, str, str]
"""Of an open ticket: start of its open turn or None, channel, team."""
Label = tuple[str, str]
"""Scope and label."""
_encoder = msgspec.msgpack.Encoder()
_SLACK = 64


def labels_of(state: State) -> tuple[Label, ...]:
    _, channel, team = state
    always = (("total", ""), ("channel", channel))
    return (*always, ("team", team)) if team else always


class Gauges:
    def __init__(self) -> None:
        self.open: dict[str, State] = {}
        self.noted: dict[int, dict[str, State | None]] = {}
        """By minute not closed yet; None is a ticket no longer open."""
        self.shown: set[Label] = set()
        """Labels whose last rows were not all zero."""
        self._counts: dict[Label, list[int]] = {}
        self._oldest: dict[Label, list[tuple[int, str]]] = {}

    def note(self, minute: int, ticket: str, state: State | None) -> None:
        self.noted.setdefault(minute, {})[ticket] = state

    def forget_notes(self, ticket: str) -> None:
        """Before a ticket is walked anew: what was noted of it may no longer be so."""
        for changes in self.noted.values():
            changes.pop(ticket, None)

    @property
    def waiting(self) -> int:
        total = self._counts.get(("total", ""))
        return total[1] if total else 0

    def close(self, minute: int) -> bool:
        """Let the notes up to `minute` take effect; True if there were any."""
        due = sorted(m for m in self.noted if m <= minute)
        for m in due:
            for ticket, state in self.noted.pop(m).items():
                self.set(ticket, state)
        return bool(due)

    def set(self, ticket: str, state: State | None) -> None:
        """The ticket as it now is; None: not open."""
        before = self.open.get(ticket)
        if before == state:
            return
        if before is not None:
            for label in labels_of(before):
                self._add(label, -1, -(before[0] is not None))
        if state is None:
            self.open.pop(ticket, None)
            return
        self.open[ticket] = state
        since = state[0]
        for label in labels_of(state):
            self._add(label, 1, int(since is not None))
            if since is not None:
                heappush(self._oldest.setdefault(label, []), (since, ticket))

    def _add(self, label: Label, opened: int, waiting: int) -> None:
        counts = self._counts.get(label)
        if counts is None:
            counts = self._counts[label] = [0, 0]
        counts[0] += opened
        counts[1] += waiting
        if counts == [0, 0]:
            del self._counts[label]
            self._oldest.pop(label, None)

    def _since(self, label: Label) -> int | None:
        """Start of the oldest open turn under a label."""
        heap = self._oldest.get(label)
        if not heap:
            return None
        if len(heap) > 2 * self._counts[label][1] + _SLACK:
            heap[:] = {entry for entry in heap if self._holds(label, entry)}
            heapify(heap)
        while heap and not self._holds(label, heap[0]):
            heappop(heap)
        return heap[0][0] if heap else None

    def _holds(self, label: Label, entry: tuple[int, str]) -> bool:
        state = self.open.get(entry[1])
        return state is not None and state[0] == entry[0] and label in labels_of(state)

    def record(self, account: str, minute: int, version: int) -> tuple[bytes, bytes]:
        """Key and value of the gauges at the end of `minute`; a label gone to zero is shown once as such."""
        end_ms = (minute + 1) * MINUTE_MS
        rows: list[Window] = []
        for label in sorted(self._counts.keys() | self.shown):
            scope, name = label
            opened, waiting = self._counts.get(label) or (0, 0)
            since = self._since(label) if waiting else None
            oldest = 0 if since is None else end_ms - since
            rows.append(Window(BACKLOG_OPEN, scope, name, version, gauge=opened))
            rows.append(Window(WAITING_NOW, scope, name, version, gauge=waiting))
            rows.append(Window(OLDEST_WAIT, scope, name, version, gauge=oldest))
        self.shown = set(self._counts)
        return gauge_key(account, minute), _encoder.encode(Minute(SCHEMA, version, account, minute, rows))


def gauge_key(account: str, minute: int) -> bytes:
    """A record of its own beside the minute's facts: it is written once, they may be revised."""
    return f"{account}/{minute}/gauges".encode()
