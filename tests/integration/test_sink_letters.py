"""What cannot be a row: dead letters of the sink, and the limit that stops it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from sinks.faults import TooManyLettersError
from sinks.rows.tickets import TICKETS
from tests.eventually import eventually
from tests.fake_stores import LockedStore, PickyStore
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, committed, send, settings, ticket

pytestmark = pytest.mark.kafka


def letters(topics: FreshTopics) -> list[tuple[int, bytes, dict[str, str]]]:
    """Partition, value and headers of every dead letter."""
    reader = Consumer({"bootstrap.servers": topics.bootstrap, "group.id": "letters", "enable.partition.eof": True})
    reader.assign([TopicPartition(topics["dead-letters"], partition, 0) for partition in range(topics.partitions)])
    found, ends = [], 0
    while ends < topics.partitions:
        message = reader.poll(10)
        assert message is not None
        if message.error():
            ends += 1
        else:
            found.append((message.partition(), message.value(), {name: value.decode() for name, value in message.headers()}))
    reader.close()
    return found


def test_what_cannot_be_a_row_becomes_a_dead_letter_with_its_bytes_and_the_rest_goes_on(
    fresh_topics: FreshTopics, tmp_path: Path
) -> None:
    store = PickyStore()
    good = [ticket(f"t{n}", n) for n in range(50)]
    refused = ticket("bad", 99, rating=300)
    send(fresh_topics, "tickets", 1, [*good[:20], refused, b"\xc1 broken", *good[20:]])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
        assert {row["ticket_id"] for row in store.select(TICKETS)} == {one.ticket for one in good}
        eventually(lambda: sink.status()["topics"]["tickets"]["letters"] == 2)
        found = letters(fresh_topics)
        assert [partition for partition, _, _ in found] == [1, 1]
        by_offset = {headers["src_offset"]: (value, headers) for _, value, headers in found}
        value, headers = by_offset["21"]
        assert value == b"\xc1 broken"
        value, headers = by_offset["20"]
        assert (headers["stage"], headers["reason"], headers["src_topic"], headers["src_partition"]) == (
            "sink",
            "bad_row",
            "tickets",
            "1",
        )
        assert (headers["account"], headers["source"]) == ("acme", "zendesk")
        assert headers["error"] == "table tickets: column rating does not take a value"
        assert headers["letter_id"].endswith("/1/20")
        eventually(lambda: len(_letter_rows(store)) == 2, what="the letters are rows themselves")


def test_too_many_dead_letters_really_stop_the_sink_and_skip_nothing(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = PickyStore()
    limited = settings(fresh_topics, tmp_path, letters_per_hour=3)
    send(fresh_topics, "tickets", 1, [ticket(f"t{n}", n, rating=300) for n in range(10)])
    with RunningSink(limited, store) as sink:
        fault = sink.until_stopped()
    assert isinstance(fault, TooManyLettersError)
    assert "More than 3 records became dead letters" in str(fault)
    assert letters(fresh_topics) == []
    assert committed(fresh_topics, limited.group).get(("tickets", 1), 0) <= 0
    assert sink.status()["state"] == "stopped"


def _letter_rows(store: LockedStore) -> list[dict[str, Any]]:
    from sinks.rows.dead_letters import DEAD_LETTERS

    return store.select(DEAD_LETTERS)
