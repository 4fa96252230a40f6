"""Laws of the fold, for any log: how it is cut, resumed, ordered and repeated changes nothing, and it agrees with the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.derived import MinuteGauges
from events.metrics import METRICS
from streams.partition import Partition
from streams.results import Result
from streams.state import Settings
from tests.changing_strategies import changing_logs
from tests.fold_adapter import Reader, sources
from tests.golden.scenario import facts_of
from tests.log_strategies import (
    CALM,
    DAY,
    HERE,
    NUMBER,
    PARTITIONS,
    busy_logs,
    logs,
    renumbered,
    silent_logs,
)
from tests.oracle.log import Expected, recompute
from tests.timeline import Record, Timeline

EPOCH, LOG = 3, "cluster/topic"
STATE_TOPICS = ("fold-state", "tickets", "metric-windows")
any_log = logs() | busy_logs() | silent_logs() | changing_logs()


class Compacted:
    """State topics as they are found after compaction: the last record of each key, no tombstones."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, bytes], bytes] = {}

    def take(self, results: Iterable[Result]) -> None:
        for result in results:
            if result.topic in STATE_TOPICS:
                if result.value is None:
                    self.records.pop((result.topic, result.key), None)
                else:
                    self.records[result.topic, result.key] = result.value

    @property
    def meaning(self) -> dict[tuple[str, bytes], Any]:
        """What a successor would know: fold state without its versions, which tell of the flush that wrote it."""
        return {key: _meaning(*key, value) for key, value in self.records.items()}

    def restored(self) -> Partition:
        partition = Partition(NUMBER, PARTITIONS)
        for topic in STATE_TOPICS:
            for (record_topic, key), value in self.records.items():
                if record_topic == topic:
                    partition.restore(topic, key, value)
        partition.restored()
        return partition


def _meaning(topic: str, key: bytes, value: bytes) -> Any:
    if topic != "fold-state":
        return value
    if key.startswith(b"settings/"):
        # Of equal settings one may spell out a default that the other leaves out.
        return msgspec.msgpack.decode(value, type=Settings).read
    fields = msgspec.msgpack.decode(value)
    return [*fields[:1], *fields[2:]] if key.startswith(b"account/") else fields


def fresh() -> Partition:
    partition = Partition(NUMBER, PARTITIONS)
    partition.restored()
    partition.begin(EPOCH, LOG)
    return partition


def run(
    records: Sequence[Record], cuts: Sequence[int] = (), *, drain: bool = True, resume: bool = False
) -> tuple[Reader, Compacted, Partition]:
    """Fold `records`, cut before each offset in `cuts`; drain at each cut, and take a new partition over from what was written."""
    reader, state, partition = Reader(), Compacted(), fresh()
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(records)}), len(records)]
    for start, end in pairwise(bounds):
        partition.fold(sources(records[start:end]))
        if drain or end == len(records):
            results = partition.results()
            reader.take(results)
            state.take(results)
        if resume and end < len(records):
            partition = state.restored()
    return reader, state, partition


def known(records: Sequence[Record]) -> Expected:
    return run(records)[0].known()


def differences(left: Expected, right: Expected) -> list[str]:
    """Readable, so that a failing law says what differs and not two whole worlds."""
    found: list[str] = []
    for name in ("tickets", "windows", "alerts", "rejects"):
        one, other = getattr(left, name), getattr(right, name)
        found += [
            f"{name} {key}: {one.get(key)} / {other.get(key)}" for key in {**one, **other} if one.get(key) != other.get(key)
        ]
    found += [f"fact {fact}: only {'left' if fact in left.facts else 'right'}" for fact in left.facts ^ right.facts]
    return sorted(found)


cuts = st.lists(st.integers(1, 40), max_size=8)


@given(records=any_log)
def test_the_fold_says_what_the_oracle_says(records: list[Record]) -> None:
    assert differences(recompute(records, NUMBER, PARTITIONS), known(records)) == []


@given(records=any_log, cuts=cuts)
def test_how_a_log_is_cut_into_folds_and_flushes_is_not_seen(records: list[Record], cuts: list[int]) -> None:
    whole, whole_state, _ = run(records)
    sliced, sliced_state, _ = run(records, cuts)
    assert differences(whole.known(), sliced.known()) == []
    assert whole_state.meaning == sliced_state.meaning


@given(records=any_log, cuts=cuts)
def test_how_a_log_is_cut_into_folds_alone_is_not_seen(records: list[Record], cuts: list[int]) -> None:
    assert differences(known(records), run(records, cuts, drain=False)[0].known()) == []


@given(records=any_log, cuts=cuts)
def test_a_partition_taken_over_anywhere_goes_on_as_if_nothing_had_been(records: list[Record], cuts: list[int]) -> None:
    whole, whole_state, partition = run(records)
    resumed, resumed_state, successor = run(records, cuts, resume=True)
    assert differences(whole.known(), resumed.known()) == []
    assert whole_state.meaning == resumed_state.meaning
    for name in ("position", "epoch", "log_id", "tick_ms", "clock_ms"):
        assert getattr(partition, name) == getattr(successor, name), name
    assert partition.due_at_ms() == successor.due_at_ms()


@given(records=any_log)
def test_a_partition_taken_over_at_the_end_has_nothing_to_say(records: list[Record]) -> None:
    _, state, partition = run(records)
    successor = state.restored()
    assert successor.results() == []
    assert successor.due_at_ms() == partition.due_at_ms()


@given(records=logs(CALM), seed=st.integers(0, 10))
def test_order_and_repetition_change_no_ticket_and_no_fact(records: list[Record], seed: int) -> None:
    latest = max(received_at for _, received_at, _, _ in records)
    again = [record for record in records for _ in range(1 + seed % 2)]
    Random(seed).shuffle(again)
    disordered = renumbered([(0, latest, key, value) for _, _, key, value in again])
    told, untidy = known(records), known(disordered)
    assert told.tickets == untidy.tickets
    assert told.facts == untidy.facts


@given(records=logs(CALM))
def test_windows_are_the_facts_they_cover(records: list[Record]) -> None:
    """Of a log shorter than a day, so that every window is live."""
    told = known(records)
    sums: dict[Any, list[int]] = {}
    windowed = {metric.name for metric in METRICS if metric.windowed}
    for (account, _, _), facts in facts_of(told).items():
        for fact in facts:
            if fact["metric"] not in windowed:
                continue
            team = [("team", fact["team"])] if fact["team"] else []
            for scope, label in [("total", ""), ("channel", fact["channel"]), *team]:
                cell = sums.setdefault((account, fact["metric"], scope, label, fact["at"] // 60_000), [0] * 9)
                counted = (
                    1,
                    fact["value"],
                    fact["met"] == 1,
                    fact["met"] == 0,
                    *(fact["level"] == level for level in range(1, 6)),
                )
                cell[:] = [total + more for total, more in zip(cell, counted, strict=True)]
    windows = {
        identity: [window["count"], window["sum"], window["met"], window["missed"], *(window["levels"] or [0] * 5)]
        for identity, window in told.windows.items()
        if "gauge" not in window
    }
    assert windows == sums


@given(records=any_log)
def test_clocks_never_fall_and_a_minute_is_gauged_once(records: list[Record]) -> None:
    partition, gauged = fresh(), dict.fromkeys(HERE, -1)
    gauges = msgspec.msgpack.Decoder(MinuteGauges)
    for source in sources(records):
        clock, tick = partition.clock_ms, partition.tick_ms
        partition.fold([source])
        assert partition.clock_ms >= max(clock, partition.tick_ms)
        assert partition.tick_ms >= tick
        for result in partition.results():
            if result.topic == "metric-windows" and result.key.endswith(b"/gauges") and result.value is not None:
                minute = gauges.decode(result.value)
                assert minute.minute > gauged[minute.account]
                gauged[minute.account] = minute.minute


@given(records=any_log)
def test_versions_of_an_identity_never_fall(records: list[Record]) -> None:
    partition = fresh()
    seen: dict[tuple[str, bytes], int] = {}
    for source in sources(records):
        partition.fold([source])
        for result in partition.results():
            version = _version(result)
            if version is not None:
                assert version == EPOCH << 48 | source.offset
                assert version > seen.get((result.topic, result.key), -1) or result.topic == "alerts"
                seen[result.topic, result.key] = version


def _version(result: Result) -> int | None:
    """Of a record that becomes rows; the second field of each."""
    if result.value is None or result.topic not in ("tickets", "facts", "metric-windows", "alerts"):
        return None
    return int(dict(result.headers)["version"] if result.topic == "alerts" else msgspec.msgpack.decode(result.value)[1])


@given(records=busy_logs())
def test_no_alert_opens_twice_without_resolving(records: list[Record]) -> None:
    partition = fresh()
    partition.fold(sources(records))
    open_since: dict[str, tuple[str, str]] = {}
    resolved_at: dict[str, str] = {}
    for result in partition.results():
        if result.topic != "alerts" or result.value is None:
            continue
        told = json.loads(result.value)["data"]
        key, episode = told["alert_key"], told["episode_id"]
        if told["state"] == "firing":
            assert key not in open_since
            assert told["seq"] == 1
            assert told["opened_at"] > resolved_at.get(key, "")
            open_since[key] = (episode, told["opened_at"])
        else:
            assert told["seq"] == 2
            assert open_since.pop(key) == (episode, told["opened_at"])
            resolved_at[key] = told["resolved_at"]


@given(records=any_log)
def test_two_accounts_know_nothing_of_each_other(records: list[Record]) -> None:
    together = known(records)
    apart = Expected()
    for name in HERE:
        mine = [record for record in records if record[2] == name.encode() or b"clock.tick" in (record[3] or b"")]
        alone = known(renumbered(mine))
        apart.tickets |= alone.tickets
        apart.facts |= alone.facts
        apart.windows |= alone.windows
        apart.alerts |= alone.alerts
    together.rejects = {}
    assert differences(together, apart) == []


@given(records=any_log)
def test_a_tick_at_what_is_due_moves_it_on_and_in_the_end_nothing_is_due(records: list[Record]) -> None:
    partition = fresh()
    partition.fold(sources(records))
    for _ in range(20):
        due = partition.due_at_ms()
        if due is None:
            return
        assert due > partition.tick_ms
        _tick(partition, due)
        assert (partition.due_at_ms() or due + 1) > due
    _tick(partition, partition.clock_ms + 4 * DAY)
    assert partition.due_at_ms() is None


def _tick(partition: Partition, at_ms: int) -> None:
    line = Timeline("2025-03-29")
    line.at_ms(at_ms).tick()
    partition.fold(sources([(partition.position + 1, at_ms, b"", line.said[0].value)]))
