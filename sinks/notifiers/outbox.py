"""What waits to be sent: in order of seq for each episode and destination, and which offsets it holds back. Pure.

Law: an offset is released when everything read below it is settled, so a restart meets every unsettled alert again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from events.position import NextOffset, Offset, after
from sinks.alert import Alert


@dataclass(slots=True, eq=False)
class Waiting:
    """One transition for one destination."""

    alert: Alert
    body: bytes
    destination: str
    partition: int
    offset: int
    attempts: int = 0
    due_ms: int = 0
    is_in_flight: bool = False

    @property
    def name(self) -> str:
        """The same whenever it is read again."""
        return f"{self.alert.send_id}/{self.destination}"


@dataclass(slots=True)
class _Partition:
    read: NextOffset
    held: Counter[int] = field(default_factory=Counter)


class Outbox:
    def __init__(self) -> None:
        self._lanes: dict[tuple[int, str, str], deque[Waiting]] = {}
        self._partitions: dict[int, _Partition] = {}

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def add(self, alert: Alert, body: bytes, destinations: Iterable[str], partition: int, offset: int) -> None:
        self.reach(partition, after(Offset(offset)))
        for destination in destinations:
            lane = self._lanes.setdefault((partition, alert.data.episode_id, destination), deque())
            lane.append(Waiting(alert, body, destination, partition, offset))
            self._partitions[partition].held[offset] += 1

    def reach(self, partition: int, offset: NextOffset) -> None:
        """Everything below was read; what nobody waits for holds nothing back."""
        at = self._partitions.setdefault(partition, _Partition(offset))
        at.read = max(at.read, offset)

    def waiting(self) -> Iterator[Waiting]:
        for lane in self._lanes.values():
            yield from lane

    def due(self, now_ms: int) -> list[Waiting]:
        """The first of every lane, if its time has come and it is not being sent."""
        return [lane[0] for lane in self._lanes.values() if not lane[0].is_in_flight and lane[0].due_ms <= now_ms]

    def crowding(self, most: int) -> list[Waiting]:
        """Of each destination for which more than `most` wait, the oldest that could make room: first of their lanes, not being sent."""
        counted: Counter[str] = Counter()
        for (_, _, destination), lane in self._lanes.items():
            counted[destination] += len(lane)
        found: list[Waiting] = []
        for destination in [destination for destination, count in counted.items() if count > most]:
            firsts = [lane[0] for key, lane in self._lanes.items() if key[2] == destination and not lane[0].is_in_flight]
            found += sorted(firsts, key=lambda one: one.alert.at_ms)[: counted[destination] - most]
        return found

    def resolved_at_ms(self, of: Waiting) -> int | None:
        """When the episode ended, if its end waits behind this."""
        lane = self._lanes.get(_lane(of), ())
        return next((waiting.alert.resolved_at_ms for waiting in lane if waiting.alert.is_resolve and waiting is not of), None)

    def settle(self, done: Waiting) -> None:
        """The next of its lane may go. Nothing happens if its partition was let go meanwhile."""
        lane = self._lanes.get(_lane(done))
        if lane is None or lane[0] is not done:
            return
        lane.popleft()
        if not lane:
            del self._lanes[_lane(done)]
        held = self._partitions[done.partition].held
        held[done.offset] -= 1
        if not held[done.offset]:
            del held[done.offset]

    def next_offset(self, partition: int) -> NextOffset | None:
        """To commit; None where nothing was read."""
        at = self._partitions.get(partition)
        if at is None:
            return None
        return NextOffset(min(at.held)) if at.held else at.read

    def partitions(self) -> list[int]:
        return list(self._partitions)

    def let_go(self, partition: int) -> None:
        self._partitions.pop(partition, None)
        self._lanes = {key: lane for key, lane in self._lanes.items() if key[0] != partition}


def _lane(of: Waiting) -> tuple[int, str, str]:
    return (of.partition, of.alert.data.episode_id, of.destination)
