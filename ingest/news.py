"""What helpdesks say with every delivery and the log needs once: display names, and when a ticket was opened.

Which of it this gateway has said is kept in memory alone: after a start it is said again, which changes nothing. Belongs to one event loop.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from events.wire import DirectoryUpdated, Event, TicketOpened

_MOST = 50_000
"""Facts; beyond, the one that was said longest ago is forgotten and may be said again."""
_Key = tuple[str, str, str]


class News:
    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._said: OrderedDict[_Key, str] = OrderedDict()

    def of(self, events: Sequence[Event]) -> list[Event]:
        """Without the names that were said already, those that come twice, and openings that are known."""
        found: dict[_Key, str] = {}
        kept: list[Event] = []
        for event in events:
            if isinstance(event, DirectoryUpdated):
                key = _name(event)
                if found.get(key, self._said.get(key)) == event.data.name:
                    continue
                found[key] = event.data.name
            elif isinstance(event, TicketOpened):
                if not event.data.missed:
                    # Before the log has it: what follows close behind must not call it missed, and its sender says it again.
                    self._keep(_opening(event), "")
                elif _opening(event) in self._said:
                    continue
            kept.append(event)
        return kept

    def said(self, events: Sequence[Event]) -> None:
        """They are in the log now."""
        for event in events:
            if isinstance(event, DirectoryUpdated):
                self._keep(_name(event), event.data.name)
            elif isinstance(event, TicketOpened):
                self._keep(_opening(event), "")

    def _keep(self, key: _Key, value: str) -> None:
        self._said[key] = value
        self._said.move_to_end(key)
        if len(self._said) > self._most:
            self._said.popitem(last=False)


def _name(event: DirectoryUpdated) -> _Key:
    return event.source, event.data.kind, event.data.id


def _opening(event: TicketOpened) -> _Key:
    return event.source, "ticket", event.subject
