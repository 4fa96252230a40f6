"""The live one-minute windows of one account, at their finest: a leaf for each channel and team, a cell for each metric.

Minutes counted in since the last flush are objects, all others the bytes that were written of them: a day of objects would
be most of the memory, and most of what the collector of cycles walks through.

Law: a cell is the sum of the facts it covers. What series they make together is `events.windows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from events.derived import SCHEMA, Fact, Minute, minute_key
from events.metrics import FRT_HUMAN, GAUGES, METRICS

MINUTE_MS = 60_000
LIVE_MINUTES = 1440
Cell = list[int]
"""Count, sum, met, missed; of a metric with levels five counts more."""
_LEVELS_FROM = 3
_NO_LEVELS = (0,) * 5
_IS_WINDOWED = tuple(metric.windowed and number not in GAUGES for number, metric in enumerate(METRICS))
Leaves = dict[tuple[str, str], dict[int, Cell]]
"""By channel and team, by metric."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Minute)


class Windows:
    def __init__(self, account: str) -> None:
        self._account = account
        self._minutes: dict[int, Leaves] = {}
        self._packed: dict[int, bytes] = {}
        self.dirty: dict[int, int] = {}
        """Minutes changed since they were last written, and the version that changed them last."""

    def count(self, facts: Iterable[Fact], sign: int, oldest: int, version: int) -> None:
        """Add facts to their minutes, or take them away; those of minutes up to `oldest` are past being live."""
        at, channel, team = -1, "", ""
        leaf: dict[int, Cell] = {}
        oldest_ms = (oldest + 1) * MINUTE_MS
        for fact in facts:
            metric = fact.metric
            if not _IS_WINDOWED[metric] or fact.at < oldest_ms:
                continue
            if fact.at != at or fact.channel != channel or fact.team != team:  # most facts come with others of their event
                at, channel, team = fact.at, fact.channel, fact.team
                minute = at // MINUTE_MS
                leaf = self._leaf(minute, (channel, team))
                self.dirty[minute] = version
            cell = leaf.get(metric)
            if cell is None:  # as often as not
                cell = leaf[metric] = [sign, sign * fact.value, 0, 0]
                if metric == FRT_HUMAN:
                    cell += _NO_LEVELS
            else:
                cell[0] += sign
                cell[1] += sign * fact.value
            met, level = fact.met, fact.level
            if met >= 0:
                cell[2 if met else 3] += sign
            if level:
                cell[_LEVELS_FROM + level] += sign

    def _leaf(self, minute: int, place: tuple[str, str]) -> dict[int, Cell]:
        leaves = self._minutes.get(minute)
        if leaves is None:
            leaves = self._minutes[minute] = self._unpacked(minute)
        leaf = leaves.get(place)
        if leaf is None:
            leaf = leaves[place] = {}
        return leaf

    def _unpacked(self, minute: int) -> Leaves:
        packed = self._packed.get(minute)
        return {} if packed is None else {(leaf.channel, leaf.team): leaf.cells for leaf in _decoder.decode(packed).leaves}

    def record(self, minute: int) -> tuple[bytes, bytes]:
        """Key and value of a minute, whole."""
        leaves = [(channel, team, leaf) for (channel, team), leaf in self._minutes[minute].items()]
        value = _encoder.encode((SCHEMA, self.dirty[minute], self._account, minute, leaves))
        return minute_key(self._account, minute), value

    def told(self) -> Iterator[tuple[bytes, bytes]]:
        """The record of every changed minute; from here on they are bytes, until they change again."""
        for minute in self.dirty:
            key, value = self.record(minute)
            self._packed[minute] = value
            yield key, value
        self.dirty = {}
        self._minutes = {}

    def restore(self, minute: int, packed: bytes) -> None:
        """Take up a minute as it was written."""
        self._packed[minute] = packed

    def live(self) -> set[int]:
        """Every minute that is there."""
        return self._minutes.keys() | self._packed.keys()

    def leaves(self) -> Iterator[tuple[int, Leaves]]:
        """Every minute that is there, with what it counts."""
        for minute in sorted(self.live()):
            yield minute, self._minutes.get(minute) or self._unpacked(minute)

    def expire(self, minute: int) -> bool:
        """Let a minute go; True if it was there."""
        self.dirty.pop(minute, None)
        here = self._minutes.pop(minute, None) is not None
        return (self._packed.pop(minute, None) is not None) or here
