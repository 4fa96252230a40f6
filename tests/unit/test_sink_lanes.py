"""Batches on their way into the store: none overtakes another of its partition, and what failed goes again first."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from events.position import NextOffset
from sinks.batch import Batch
from sinks.faults import TooManyLettersError
from sinks.lanes import Lanes
from sinks.store import UnavailableError
from sinks.writer import Written
from tests.eventually import eventually

WRITTEN = Written(0, {})


class Table:
    """Takes facts when the test lets it and the rest at once, or fails as the test says."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.fault: Exception | None = None
        self.taken: list[Batch] = []

    def write(self, batch: Batch, withdrawn: threading.Event) -> Written:
        assert batch.topic != "facts" or self.open.wait(10)
        if withdrawn.is_set():
            raise UnavailableError("withdrawn")
        if self.fault is not None:
            raise self.fault
        self.taken.append(batch)
        return WRITTEN


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def lanes(table: Table) -> Iterator[Lanes]:
    made = Lanes(table.write)
    yield made
    table.open.set()
    made.close()


def batch(topic: str = "tickets", partition: int = 0) -> Batch:
    made = Batch(topic, partition, 0)
    made.reach(NextOffset(1))
    return made


def stored(lanes: Lanes, number: int) -> list[Batch]:
    found: list[Batch] = []

    def all_there() -> bool:
        done, errors = lanes.settled()
        assert not errors
        found.extend(one.batch for one in done)
        return len(found) == number

    eventually(all_there)
    return found


def failed(lanes: Lanes) -> UnavailableError:
    errors: list[UnavailableError] = []

    def one_there() -> bool:
        done, failures = lanes.settled()
        assert not done
        errors.extend(failures.values())
        return bool(errors)

    eventually(one_there)
    return errors[0]


def test_a_batch_goes_in_and_its_outcome_comes_out_once(lanes: Lanes) -> None:
    one = batch()
    lanes.hand(one)
    assert lanes.has(("tickets", 0))
    assert stored(lanes, 1) == [one]
    assert lanes.settled() == ([], {})
    assert not lanes.has(("tickets", 0))


def test_topics_do_not_wait_for_each_other(lanes: Lanes, table: Table) -> None:
    slow = [batch("facts", partition) for partition in range(6)]
    for one in slow:
        lanes.hand(one)
    quick = batch("tickets")
    lanes.hand(quick)
    assert stored(lanes, 1) == [quick]
    table.open.set()
    assert set(stored(lanes, 6)) == set(slow)


def test_of_a_partition_one_batch_is_on_its_way_at_a_time(lanes: Lanes) -> None:
    lanes.hand(batch("facts"))
    with pytest.raises(AssertionError):
        lanes.hand(batch("facts"))


def test_what_failed_stays_and_goes_again_as_it_was(lanes: Lanes, table: Table) -> None:
    table.fault = UnavailableError("no answer")
    one = batch()
    lanes.hand(one)
    assert str(failed(lanes)) == "no answer"
    assert lanes.troubled == {"tickets"}
    assert lanes.has(("tickets", 0)), "nothing newer of its partition may go before it"
    assert not lanes.is_writing([("tickets", 0)])
    table.fault = None
    lanes.retry("tickets")
    assert lanes.troubled, "until it is stored"
    assert stored(lanes, 1) == [one]
    assert not lanes.troubled


def test_another_fault_is_raised_and_its_batch_never_counts_as_stored(lanes: Lanes, table: Table) -> None:
    table.fault = TooManyLettersError(1, "why")
    lanes.hand(batch())
    lanes.wait(10)
    for _ in range(2):
        with pytest.raises(TooManyLettersError):
            lanes.settled()
    assert lanes.has(("tickets", 0))


def test_of_a_partition_that_is_gone_nothing_is_told(lanes: Lanes, table: Table) -> None:
    table.fault = UnavailableError("no answer")
    lanes.hand(batch())
    failed(lanes)
    lanes.forget(("tickets", 0))
    assert not lanes.troubled
    table.fault = None
    lanes.hand(batch())
    lanes.forget(("tickets", 0))
    lanes.wait(0)
    assert lanes.settled() == ([], {})


def test_what_is_withdrawn_begins_no_insert_is_no_trouble_and_is_not_overtaken(lanes: Lanes, table: Table) -> None:
    places = [("facts", partition) for partition in range(6)]
    for topic, partition in places:
        lanes.hand(batch(topic, partition))
    lanes.withdraw(places)
    begun = [place for place in places if lanes.is_writing([place])]
    assert 0 < len(begun) < len(places)
    table.open.set()
    eventually(lambda: lanes.settled() == ([], {}) and not lanes.is_writing(places))
    assert (table.taken, lanes.troubled) == ([], set())
    assert all(lanes.has(place) for place in places), "nothing newer of a partition may go before it"


def test_a_topic_that_failed_goes_again_alone(lanes: Lanes, table: Table) -> None:
    table.fault = UnavailableError("no answer")
    table.open.set()
    for topic in ("tickets", "facts"):
        lanes.hand(batch(topic))
        failed(lanes)
    assert lanes.troubled == {"tickets", "facts"}
    table.fault = None
    lanes.retry("facts")
    stored(lanes, 1)
    assert lanes.troubled == {"tickets"}
