"""The oracle of the counting fold: counts `ticket-events` again, by itself, and holds what the workers committed against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from msgspec import msgpack

from events.derived import PositionRecord
from tests.chaos.log_reading import log_ends, records
from tests.integration.counting_partition import Added, Count


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one partition: the source counted again, and what the result topics say."""

    source: Counter[str]
    latest: dict[str, int]
    """The last `tickets` record of each account."""
    added: Counter[str]
    """The sum of the `facts` records: a flush seen twice shows here."""
    positions: list[int]
    """As committed, in order."""
    source_end: int


def count(bootstrap: str, prefix: str, partition: int) -> Counted:
    source: Counter[str] = Counter()
    source_end = 0
    for message in records(bootstrap, f"{prefix}ticket-events", partition):
        source[(message.key() or b"").decode()] += 1
        source_end = message.offset() + 1
    latest: dict[str, int] = {}
    for message in records(bootstrap, f"{prefix}tickets", partition):
        row = msgpack.decode(message.value(), type=Count)
        latest[row.account] = row.count
    added: Counter[str] = Counter()
    for message in records(bootstrap, f"{prefix}facts", partition):
        fact = msgpack.decode(message.value(), type=Added)
        added[fact.account] += fact.added
    positions = [
        msgpack.decode(message.value(), type=PositionRecord).offset
        for message in records(bootstrap, f"{prefix}fold-state", partition)
        if message.key() == f"position/{partition}".encode()
    ]
    return Counted(source, latest, added, positions, source_end)


def is_caught_up(bootstrap: str, prefix: str, partitions: int, committed: dict[int, int]) -> bool:
    """`committed`: the position of each partition, as its owner says."""
    ends = log_ends(bootstrap, f"{prefix}ticket-events", partitions)
    return all(committed.get(number, -1) == end - 1 for number, end in ends.items())


def assert_exact(bootstrap: str, prefix: str, partitions: int) -> None:
    """Nothing lost, nothing twice, no position backwards."""
    for number in range(partitions):
        counted = count(bootstrap, prefix, number)
        assert counted.latest == dict(counted.source), f"partition {number}: lost or doubled in tickets"
        assert counted.added == counted.source, f"partition {number}: lost or doubled in facts"
        assert counted.positions == sorted(set(counted.positions)), f"partition {number}: a position went backwards or came twice"
        assert not counted.source_end or counted.positions[-1] == counted.source_end - 1
