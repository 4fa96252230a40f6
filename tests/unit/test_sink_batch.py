"""Batches, their cuts, retries and limits: plain values, now is handed in."""

from __future__ import annotations

import pytest

from events.derived import SCHEMA, TicketRow
from events.position import NextOffset
from sinks.batch import Batch, BatchPolicy, Entry, by_table
from sinks.crash import from_environment, nowhere
from sinks.faults import TooManyLettersError
from sinks.isolate import isolate
from sinks.limit import LetterLimit
from sinks.record import Record
from sinks.retry import Backoff, Schedule
from sinks.rows.build import BadRow, Rows
from sinks.rows.facts import FACTS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.rows.tickets import TICKETS, ticket_row
from sinks.store import RefusedError, UnavailableError
from sinks.table import Row

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def rows_of(ticket: str, version: int = 1) -> Rows:
    return ((TICKETS, [ticket_row(TicketRow(schema=SCHEMA, version=version, account="a", source="s", ticket=ticket), "")]),)


def record(offset: int, key: bytes = b"", topic: str = "tickets") -> Record:
    return Record(topic, 0, offset, key, b"x" * 100)


# batches


def test_a_batch_is_full_by_rows_or_bytes_and_late_by_time() -> None:
    policy = BatchPolicy(max_rows=10, max_bytes=1000, max_wait_ms=500)
    assert not policy.is_full(9, 999)
    assert not policy.is_late(0, 499)
    assert policy.is_full(10, 0)
    assert policy.is_full(0, 1000)
    assert policy.is_late(0, 500)


def test_the_next_offset_covers_what_gave_no_row() -> None:
    batch = Batch("ticket-events", 0, 0)
    assert batch.next_offset is None
    batch.add(record(4, topic="ticket-events"), ())
    assert batch.next_offset == 5
    batch.reach(NextOffset(9))
    batch.reach(NextOffset(7))
    assert batch.next_offset == 9
    assert batch.rows == 0


def test_of_a_key_whose_records_are_whole_only_the_last_is_inserted() -> None:
    batch = Batch("tickets", 0, 0)
    for offset, (key, version) in enumerate([(b"a", 1), (b"b", 1), (b"a", 2)]):
        batch.add(record(offset, key), rows_of(key.decode(), version))
    assert [entry.record.offset for entry in batch.entries] == [1, 2]
    assert (batch.rows, batch.size, batch.next_offset) == (2, 200, 3)


def test_facts_of_one_ticket_are_all_inserted() -> None:
    batch = Batch("facts", 0, 0)
    for offset in range(3):
        batch.add(record(offset, b"same", "facts"), rows_of("t"))
    assert batch.rows == 3


def test_a_bad_row_is_kept_with_its_bytes_until_it_is_delivered() -> None:
    batch = Batch("tickets", 0, 0)
    batch.add(record(3), BadRow("broken"))
    assert [(refusal.record.offset, refusal.error) for refusal in batch.refused] == [(3, "broken")]
    assert (batch.next_offset, batch.rows, batch.size) == (4, 0, 100)


# cuts


def window(day: int) -> Row:
    return ("a", "m", "total", day * 86_400, "", 1, 0, 0, 0, 0, (), None)


def test_rows_of_a_hundred_days_are_one_insert_and_of_a_hundred_and_one_are_two() -> None:
    assert [len(part) for part in METRIC_WINDOWS.inserts([window(day) for day in range(100)])] == [100]
    parts = list(METRIC_WINDOWS.inserts([window(day) for day in range(101)] * 2))
    assert [len(part) for part in parts] == [200, 2]


def test_facts_are_cut_by_month_however_many_days() -> None:
    def fact(day: int) -> Row:
        return ("a", "m", day, 0, *[0] * 21)

    assert len(list(FACTS.inserts([fact(day) for day in range(0, 3000, 7)]))) == 1, "99 months"
    assert len(list(FACTS.inserts([fact(day) for day in range(0, 3200, 7)]))) == 2, "106 months"


def test_a_row_expires_on_the_day_on_which_clickhouse_drops_it() -> None:
    assert METRIC_WINDOWS.is_expired(window(100), today=107, keep_days=7)
    assert not METRIC_WINDOWS.is_expired(window(100), today=106, keep_days=7)
    assert not TICKETS.is_expired(rows_of("t")[0][1][0], today=10**6, keep_days=1), "tickets are kept"


# what a store refuses


class PickyStore:
    """Refuses the records it is told to, and whatever stands beside them."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.stored: set[int] = set()
        self.calls = 0

    def insert(self, entries: list[Entry]) -> None:
        self.calls += 1
        offsets = {entry.record.offset for entry in entries}
        if offsets & self.bad:
            raise RefusedError("column rating")
        self.stored |= offsets


def entries(n: int) -> list[Entry]:
    return [Entry(record(offset), ()) for offset in range(n)]


def never(_found: int, _error: str) -> None:
    """No limit."""


@pytest.mark.parametrize("bad", [(), (0,), (99,), (17, 18), (3, 50, 98), tuple(range(0, 100, 7))], ids=str)
def test_exactly_the_refused_records_are_isolated_and_all_others_stored(bad: tuple[int, ...]) -> None:
    store = PickyStore(*bad)
    refused = isolate(entries(100), store.insert, never)
    assert sorted(refusal.record.offset for refusal in refused) == list(bad)
    assert store.stored == set(range(100)) - set(bad)


def test_one_bad_record_of_thousands_costs_few_inserts() -> None:
    store = PickyStore(1234)
    isolate(entries(10_000), store.insert, never)
    assert store.calls < 32


def test_a_store_that_refuses_everything_is_asked_little_before_the_limit_stops_it() -> None:
    store = PickyStore(*range(10_000))
    limit = LetterLimit(5)
    with pytest.raises(TooManyLettersError, match=r"More than 5 records.*column rating"):
        isolate(entries(10_000), store.insert, lambda found, error: limit.check(found, error, 0))
    assert store.calls < 40


def test_a_store_that_goes_away_meanwhile_is_not_a_refusal() -> None:
    def gone(_entries: list[Entry]) -> None:
        raise UnavailableError("no answer")

    with pytest.raises(UnavailableError):
        isolate(entries(3), gone, never)


def test_the_limit_counts_an_hour() -> None:
    limit = LetterLimit(2)
    limit.check(2, "", 0)
    limit.written(2, 0)
    with pytest.raises(TooManyLettersError):
        limit.check(1, "", HOUR_MS - 1)
    limit.check(2, "", HOUR_MS)


def test_rows_are_gathered_table_by_table_in_the_order_of_the_records() -> None:
    gathered = by_table([Entry(record(0), rows_of("t0")), Entry(record(1), rows_of("t1"))])
    assert [row[2] for row in gathered[TICKETS]] == ["t0", "t1"]


# retries


def test_a_backoff_doubles_up_to_its_longest_wait_and_never_gives_up_by_itself() -> None:
    backoff = Backoff(first_ms=200, longest_ms=1000)
    assert [backoff.delay_ms(failed) for failed in (1, 2, 3, 4, 400)] == [200, 400, 800, 1000, 1000]
    assert backoff.delay_ms(1, chance=0.99) == 249


def test_a_backoff_with_a_number_of_attempts_gives_up() -> None:
    assert [Backoff(attempts=2).delay_ms(failed) for failed in (1, 2, 3)] == [200, None, None]


def test_a_webhook_is_tried_ten_times_in_a_day() -> None:
    schedule = Schedule()
    waits = [schedule.delay_ms(failed) or 0 for failed in range(1, 10)]
    assert waits[0] == 5_000
    assert waits[1] == 5 * MINUTE_MS - 5_000
    assert sum(waits) == 24 * HOUR_MS
    assert schedule.delay_ms(10) is None


def test_a_receiver_that_asks_for_patience_gets_it_up_to_a_day() -> None:
    assert Schedule().delay_ms(1, asked_ms=MINUTE_MS) == MINUTE_MS
    assert Schedule().delay_ms(1, asked_ms=10**12) == 24 * HOUR_MS
    assert Schedule().delay_ms(2, asked_ms=1) == 5 * MINUTE_MS - 5_000
    assert Schedule().delay_ms(1, chance=0.9) == 5_450


# crash points


def test_nothing_crashes_unless_the_environment_says_where() -> None:
    assert from_environment({}) is nowhere
    crash = from_environment({"DESKPULSE_CRASH_AT": "after_insert:3"})
    crash("before_insert")
    crash("after_insert")
    crash("after_insert")
