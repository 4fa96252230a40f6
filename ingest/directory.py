"""Which display names this gateway has said: helpdesks send them with every delivery, and the log needs each but once.

Kept in memory alone: after a start they are said again, which changes nothing. Belongs to one event loop.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from events.wire import DirectoryUpdated, Event

_MOST = 50_000
"""Names; beyond, the one that was said longest ago is forgotten and may be said again."""


class Directory:
    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._names: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def news(self, events: Sequence[Event]) -> list[Event]:
        """Without the names that were said already, and those that come twice."""
        found: dict[tuple[str, str, str], str] = {}
        kept: list[Event] = []
        for event in events:
            if isinstance(event, DirectoryUpdated):
                key = _key(event)
                if found.get(key, self._names.get(key)) == event.data.name:
                    continue
                found[key] = event.data.name
            kept.append(event)
        return kept

    def said(self, events: Sequence[Event]) -> None:
        """They are in the log now."""
        for event in events:
            if isinstance(event, DirectoryUpdated):
                self._names[_key(event)] = event.data.name
                self._names.move_to_end(_key(event))
        while len(self._names) > self._most:
            self._names.popitem(last=False)


def _key(event: DirectoryUpdated) -> tuple[str, str, str]:
    return event.source, event.data.kind, event.data.id
