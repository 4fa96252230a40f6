"""Whole lives of tickets, late, repeated and broken ones among them: however the log is cut or taken over, fold and oracle agree."""

from __future__ import annotations

import random

import pytest

from events.placement import partition_of
from streams.partition import Partition
from tests.chaos.road import lives, settings_of
from tests.fold_adapter import Reader, sources
from tests.oracle.log import Record, recompute
from tests.property.test_fold_laws import Compacted, differences
from tests.timeline import Timeline

_NOW_MS = 1_795_546_000_000
_ACCOUNTS = [f"account-{number}" for number in range(8)]


def _log(seed: int, number: int) -> list[Record]:
    told = [(account, settings_of(account, _NOW_MS)) for account in _ACCOUNTS]
    told += lives(random.Random(seed), _ACCOUNTS, 250, _NOW_MS - 25 * 60_000, _NOW_MS)
    mine = [(account, raw) for account, raw in told if partition_of(account, 2) == number]
    return [(offset, _NOW_MS + offset, account.encode(), raw) for offset, (account, raw) in enumerate(mine)]


def _taken_over(state: Compacted, number: int) -> Partition:
    partition = Partition(number, 2)
    for topic in ("fold-state", "tickets", "metric-windows"):
        for (its_topic, key), value in state.records.items():
            if its_topic == topic:
                partition.restore(topic, key, value)
    partition.restored()
    return partition


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_taken_over", [False, True])
def test_lives_are_told_as_the_oracle_tells_them(seed: int, number: int, is_taken_over: bool) -> None:  # noqa: FBT001 - a parameter
    records, rng = _log(seed, number), random.Random(seed)
    partition, reader, state = Partition(number, 2), Reader(), Compacted()
    partition.begin(1, "log")
    start = 0
    while start < len(records):
        end = start + rng.randrange(20, 300)
        partition.fold(sources(records[start:end]))
        said = partition.results()
        reader.take(said)
        state.take(said)
        start = end
        if is_taken_over:
            partition = _taken_over(state, number)
    assert differences(recompute(records, number, 2), reader.known()) == []


def test_a_repeated_event_does_not_undo_an_update_of_the_same_flush() -> None:
    told = Timeline("2026-03-02")
    told.at("10:00").opened()
    told.at("10:01").updated(tags=["late"], assignee="ann")
    records = told.records()
    again = (2, records[0][1] + 120_000, records[0][2], records[0][3])
    partition, reader = Partition(0, 1), Reader()
    partition.begin(1, "log")
    for flush in ([records[0]], [records[1], again]):
        partition.fold(sources(flush))
        reader.take(partition.results())
    (row,) = reader.known().tickets.values()
    assert (row["tags"], row["agent"]) == (("late",), "ann")
