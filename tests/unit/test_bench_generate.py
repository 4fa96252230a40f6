"""The log that the benchmarks fold is what they say it is."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from bench.expected import check, expect, totals_of
from bench.generate import START_MS, Happened, Shape, Step, account_name, log, placement
from bench.lab import WrongResultError
from events import codec, wire
from events.placement import partition_of
from streams.partition import Partition
from streams.results import Source

SHAPE = Shape(accounts=20)
RECORDS = list(log(SHAPE, 10_000))


def test_one_seed_gives_one_log() -> None:
    assert list(log(SHAPE, 500)) == RECORDS[:500]
    assert list(log(Shape(accounts=20, seed=8), 500)) != RECORDS[:500]


def test_records_come_in_the_order_of_their_receipt_and_never_before_they_happened() -> None:
    assert all(before.received_ms <= after.received_ms for before, after in pairwise(RECORDS))
    assert all(record.received_ms > record.step.at_ms >= START_MS for record in RECORDS)


def test_every_record_is_a_valid_event_of_its_account_and_instant() -> None:
    for record in RECORDS[:2_000]:
        event = codec.decode(record.value)
        assert isinstance(event, wire.TicketEvent), event
        assert event.source == f"/{account_name(record.account)}/zendesk"
        assert (event.subject, int(event.time.timestamp() * 1000)) == (str(record.ticket), record.step.at_ms)


def test_ids_are_distinct() -> None:
    ids = {event.id for record in RECORDS if isinstance(event := codec.decode(record.value), wire.TicketEvent)}
    assert len(ids) == len(RECORDS)


def test_events_have_about_250_bytes() -> None:
    assert 230 <= sum(len(record.value) for record in RECORDS) / len(RECORDS) <= 280


def test_one_event_in_twenty_is_late_by_up_to_ten_minutes() -> None:
    late_ms = [delay for record in RECORDS if (delay := record.received_ms - record.step.at_ms) > 2_000]
    assert 0.03 <= len(late_ms) / len(RECORDS) <= 0.06
    assert max(late_ms) <= SHAPE.late_ms


def test_once_lives_overlap_an_account_has_about_fifteen_events_a_minute() -> None:
    from_ms, to_ms = RECORDS[len(RECORDS) // 2].received_ms, RECORDS[-1].received_ms
    per_minute = len(RECORDS) / 2 / SHAPE.accounts / ((to_ms - from_ms) / 60_000)
    assert 13 <= per_minute <= 17


def test_the_steps_of_a_life_are_a_second_apart_at_least() -> None:
    for steps in _lives(RECORDS).values():
        assert all(after.at_ms - before.at_ms >= 1_000 for before, after in pairwise(sorted(steps)))


def test_accounts_are_placed_as_every_producer_places_them() -> None:
    assert placement(20, 4) == [partition_of(account_name(number), 4) for number in range(20)]


def test_a_bounded_log_has_all_of_every_ticket() -> None:
    lives = _lives(list(log(Shape(accounts=5, tickets=200), None)))
    assert len(lives) == 200
    assert not expect(lives).incomplete


def test_open_tickets_stay_open() -> None:
    records = log(Shape(accounts=5, closed_share=0.0, tickets=100), None)
    assert not {record.step.kind for record in records} & {"resolved", "surveyed", "reopened"}


def test_the_fold_says_what_the_simple_count_expects() -> None:
    expected = expect(_lives(RECORDS))
    found = totals_of(_folded(RECORDS), expected.incomplete)
    check(found, expected.totals)
    assert expected.totals["reopen_response_time"][0] > 10


def test_a_record_that_is_lost_is_noticed() -> None:
    expected = expect(_lives(RECORDS))
    answer = next(n for n, record in enumerate(RECORDS) if record.step.actor == "agent" and record.step.kind == "replied")
    with pytest.raises(WrongResultError, match="frt_human"):
        check(totals_of(_folded(RECORDS[:answer] + RECORDS[answer + 1 :]), expected.incomplete), expected.totals)


def _lives(records: list[Happened]) -> dict[tuple[int, int], list[Step]]:
    lives = defaultdict(list)
    for record in records:
        lives[record.account, record.ticket].append(record.step)
    return lives


def _folded(records: list[Happened]) -> list[tuple[bytes, bytes]]:
    fold = Partition(0, 1)
    fold.begin(1, "log")
    said = []
    for start in range(0, len(records), 1_000):
        part = records[start : start + 1_000]
        fold.fold([Source(start + n, record.received_ms, b"", record.value) for n, record in enumerate(part)])
        said += [(result.key, result.value or b"") for result in fold.results() if result.topic == "facts"]
    return said
