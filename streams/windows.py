"""The live one-minute windows of one account, at their finest: a leaf for each channel and team, a cell for each metric.

Law: a cell is the sum of the facts it covers. What series they make together is `events.windows`.
"""

from __future__ import annotations

import msgspec

from events.derived import SCHEMA, Minute, minute_key
from events.metrics import FRT_HUMAN, GAUGES, METRICS
from streams.tickets.telling import Changes

MINUTE_MS = 60_000
LIVE_MINUTES = 1440
Cell = list[int]
"""Count, sum, met, missed; of a metric with levels five counts more."""
_LEVELS_FROM = 3
_IS_WINDOWED = tuple(metric.windowed and number not in GAUGES for number, metric in enumerate(METRICS))
_encoder = msgspec.msgpack.Encoder()


class Windows:
    def __init__(self, account: str) -> None:
        self._account = account
        self.minutes: dict[int, dict[tuple[str, str], dict[int, Cell]]] = {}
        self.dirty: dict[int, int] = {}
        """Minutes changed since they were last written, and the version that changed them last."""

    def count(self, changes: Changes, oldest: int, version: int) -> None:
        """Add facts to their minutes, or take them away; those of minutes up to `oldest` are past being live."""
        minute, place = -1, ("", "")
        leaf: dict[int, Cell] = {}
        for sign, fact in changes:
            metric = fact.metric
            if not _IS_WINDOWED[metric]:
                continue
            its_minute = fact.at // MINUTE_MS
            if its_minute <= oldest:
                continue
            its_place = (fact.channel, fact.team)
            if its_minute != minute or its_place != place:
                minute, place = its_minute, its_place
                leaf = self._leaf(minute, place)
                self.dirty[minute] = version
            cell = leaf.get(metric)
            if cell is None:
                cell = leaf[metric] = [0] * (9 if metric == FRT_HUMAN else 4)
            cell[0] += sign
            cell[1] += sign * fact.value
            if fact.met >= 0:
                cell[2 if fact.met else 3] += sign
            if fact.level:
                cell[_LEVELS_FROM + fact.level] += sign

    def _leaf(self, minute: int, place: tuple[str, str]) -> dict[int, Cell]:
        leaves = self.minutes.get(minute)
        if leaves is None:
            leaves = self.minutes[minute] = {}
        leaf = leaves.get(place)
        if leaf is None:
            leaf = leaves[place] = {}
        return leaf

    def record(self, minute: int) -> tuple[bytes, bytes]:
        """Key and value of a minute, whole."""
        leaves = [(channel, team, leaf) for (channel, team), leaf in self.minutes[minute].items()]
        value = _encoder.encode((SCHEMA, self.dirty[minute], self._account, minute, leaves))
        return minute_key(self._account, minute), value

    def restore(self, minute: Minute) -> None:
        """Take up a minute as it was written."""
        self.minutes[minute.minute] = {(leaf.channel, leaf.team): leaf.cells for leaf in minute.leaves}

    def expire(self, minute: int) -> bool:
        """Let a minute go; True if it was there."""
        self.dirty.pop(minute, None)
        return self.minutes.pop(minute, None) is not None
