"""The transactions of one partition on a real broker: whole, fenced, refused and sent again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random

import pytest
from confluent_kafka import KafkaError, Producer

from streams.crash_points import NoCrash
from streams.producer import Outcome, OverdueError, PartitionProducer
from streams.results import Result
from tests.chaos.log_reading import limit_records, records
from tests.eventually import eventually
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka

PARTITION = 2
PROBE = b"probe"


def results(count: int, size: int = 10) -> list[Result]:
    noise = Random(0)  # that no codec makes smaller
    return [Result("tickets", b"key-%d" % number, noise.randbytes(size)) for number in range(count)]


@pytest.fixture
def producer_of(fresh_topics: FreshTopics) -> Callable[..., PartitionProducer]:
    def make(deadline_s: float = 30.0) -> PartitionProducer:
        client = {"bootstrap.servers": fresh_topics.bootstrap}
        return PartitionProducer(
            client, f"{fresh_topics.prefix}{PARTITION}", PARTITION, fresh_topics.prefix, deadline_s, NoCrash()
        )

    return make


def committed(topics: FreshTopics, topic: str = "tickets") -> list[bytes | None]:
    keys = [message.key() for message in records(topics.bootstrap, topics[topic], PARTITION)]
    return [key for key in keys if key != PROBE]


def set_largest(topics: FreshTopics, topic: str, largest: int) -> None:
    """The largest record that the broker takes: a refusal by the world, and its end. In force when this returns."""
    limit_records(topics[topic], largest, topics.bootstrap)
    probe = Producer({"bootstrap.servers": topics.bootstrap, "log_level": 0})

    def is_refused() -> bool:
        said: list[KafkaError | None] = []
        probe.produce(topics[topic], b"v" * 1_000, PROBE, PARTITION, on_delivery=lambda error, _message: said.append(error))
        probe.flush(10)
        return [error and error.code() for error in said] == [KafkaError.MSG_SIZE_TOO_LARGE]

    eventually(lambda: is_refused() is (largest < 1_000), 10, "the broker follows the setting")


def test_a_flush_goes_whole_to_the_partition_of_its_source(
    fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]
) -> None:
    producer = producer_of()
    assert producer.fence() is Outcome.COMMITTED
    letter = Result("dead-letters", b"key", b"raw", (("reason", b"poison"), ("stage", b"fold")))
    gone = Result("tickets", b"key-9", None)
    assert producer.commit([*results(3), letter, gone]) is Outcome.COMMITTED
    assert committed(fresh_topics) == [b"key-0", b"key-1", b"key-2", b"key-9"]
    (found,) = records(fresh_topics.bootstrap, fresh_topics["dead-letters"], PARTITION)
    assert (found.value(), found.headers()) == (b"raw", [("reason", b"poison"), ("stage", b"fold")])


def test_a_flush_larger_than_the_clients_default_queue_is_one_transaction(
    fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]
) -> None:
    producer = producer_of()
    producer.fence()
    assert producer.commit(results(120_000)) is Outcome.COMMITTED
    assert len(committed(fresh_topics)) == 120_000


def test_a_fenced_producer_writes_nothing_more(fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]) -> None:
    older, newer = producer_of(), producer_of()
    assert older.fence() is Outcome.COMMITTED
    assert older.commit(results(1)) is Outcome.COMMITTED
    assert newer.fence() is Outcome.COMMITTED
    assert older.commit(results(5)) is Outcome.FENCED
    assert older.commit(results(5)) is Outcome.FENCED
    assert newer.commit([Result("tickets", b"newer", b"")]) is Outcome.COMMITTED
    assert committed(fresh_topics) == [b"key-0", b"newer"]


def test_a_flush_that_must_abort_is_sent_again_with_the_same_values(
    fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]
) -> None:
    producer = producer_of()
    producer.fence()
    set_largest(fresh_topics, "tickets", 300)
    said = [Result("fold-state", b"position/2", b"7"), *results(20, size=5_000)]
    outcomes: list[Outcome] = []
    flush = threading.Thread(target=lambda: outcomes.append(producer.commit(said)))
    flush.start()
    eventually(lambda: producer.aborted >= 2, 15, "the broker refused it")
    assert committed(fresh_topics, "fold-state") == [], "nothing of a refused flush may be seen"
    set_largest(fresh_topics, "tickets", 1_048_588)
    flush.join(20)
    assert outcomes == [Outcome.COMMITTED]
    assert committed(fresh_topics) == [f"key-{number}".encode() for number in range(20)]
    assert committed(fresh_topics, "fold-state") == [b"position/2"]


def test_a_flush_that_is_never_taken_ends_at_its_deadline(
    fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]
) -> None:
    producer = producer_of(deadline_s=1.0)
    producer.fence()
    set_largest(fresh_topics, "tickets", 300)
    with pytest.raises(OverdueError, match=r"no flush within 1 s: .*max\.message\.bytes"):
        producer.commit(results(1, size=5_000))


def test_a_record_of_two_megabytes_is_written(fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]) -> None:
    """A ticket with a long history; librdkafka alone would stop at one megabyte, and the partition for ever with it."""
    producer = producer_of()
    producer.fence()
    noise = Random(0).randbytes(2_000_000)
    topics = ("tickets", "facts", "fold-state", "metric-windows")
    assert producer.commit([Result(topic, b"key", noise) for topic in topics]) is Outcome.COMMITTED
    assert committed(fresh_topics) == [b"key"]


def test_an_abandoned_flush_is_not_begun_anew(fresh_topics: FreshTopics, producer_of: Callable[..., PartitionProducer]) -> None:
    producer = producer_of()
    producer.fence()
    set_largest(fresh_topics, "tickets", 300)
    producer.abandon()
    assert producer.commit(results(1, size=5_000)) is Outcome.ABANDONED
    assert committed(fresh_topics) == []
