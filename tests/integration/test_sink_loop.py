"""The sink's loop on a real Kafka, with a store in memory."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from sinks.batch import BatchPolicy
from sinks.faults import OffsetGoneError, TooManyLettersError, TopicMissingError
from sinks.memory import MemoryStore
from sinks.rows.facts import FACTS
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.rows.ticket_events import TICKET_EVENTS
from sinks.rows.tickets import TICKETS
from sinks.store import RefusedError, UnavailableError
from sinks.table import Row, Table
from tests.eventually import eventually
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, committed, facts_record, send, settings, ticket, transaction

pytestmark = pytest.mark.kafka


class LockedStore(MemoryStore):
    """In memory, read by the test while the sink writes."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.inserts: list[tuple[str, int]] = []

    def insert(self, table: Table, rows: list[Row]) -> None:
        with self.lock:
            super().insert(table, rows)
            self.inserts.append((table.name, len(rows)))

    def select(self, table: Table) -> list[dict[str, object]]:
        with self.lock:
            return super().select(table)

    def values(self) -> set[object]:
        return {row["value"] for row in self.select(FACTS)}


class AwayStore(LockedStore):
    """Does not answer until the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = threading.Event()
        self.asked = 0

    def insert(self, table: Table, rows: list[Row]) -> None:
        self.asked += 1
        if table is not LOG_EPOCHS and not self.is_there.is_set():
            raise UnavailableError("no answer")
        super().insert(table, rows)


class ForgetfulStore(LockedStore):
    """Says yes and writes nothing."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is LOG_EPOCHS:
            super().insert(table, rows)


class PickyStore(LockedStore):
    """Refuses tickets with a rating above 5."""

    def insert(self, table: Table, rows: list[Row]) -> None:
        if table is TICKETS and any((row[table.columns.index("rating")] or 0) > 5 for row in rows):
            raise RefusedError("table tickets: column rating does not take a value")
        super().insert(table, rows)


def opened(event_id: str, customer: str = "") -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "/acme/zendesk",
            "subject": "1001",
            "time": "2026-11-20T10:08:00Z",
            "type": "deskpulse.ticket.opened.v1",
            "data": {"channel": "chat"} | ({"customer": customer} if customer else {}),
        }
    ).encode()


def append(topics: FreshTopics, values: list[bytes], partition: int = 0) -> None:
    """To ticket-events, as the gateway does: without a transaction."""
    producer = Producer({"bootstrap.servers": topics.bootstrap})
    for value in values:
        producer.produce(topics["ticket-events"], key=b"acme", value=value, partition=partition)
    assert producer.flush(30) == 0


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


def test_committed_records_become_rows_and_the_lag_returns_to_nothing(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = LockedStore()
    with transaction(fresh_topics, abort=True) as producer:
        producer.produce(fresh_topics["facts"], key=b"k", value=b"never seen", partition=1)
    send(fresh_topics, "facts", 1, [facts_record("t1", 10, 1), None, facts_record("t2", 20, 2)])
    send(fresh_topics, "tickets", 2, [ticket("t1", 1), None, ticket("t1", 2, replies=3)])
    append(fresh_topics, [opened("e1"), b"not json", opened("e2")])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
        assert store.values() == {10, 20}
        assert [row["replies"] for row in store.select(TICKETS)] == [3]
        assert {row["event_id"] for row in store.select(TICKET_EVENTS)} == {"e1", "e2"}
        eventually(lambda: sink.lag() == 0 and sink.status()["topics"]["facts"]["rows"] == 2)
        shown = sink.status()
        assert (shown["state"], shown["topics"]["facts"]["letters"]) == ("running", 0)
    assert sink.status()["state"] == "stopped"


def test_a_restarted_sink_goes_on_where_it_committed(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    send(fresh_topics, "facts", 0, [facts_record("t1", 10, 1)])
    with RunningSink(settings(fresh_topics, tmp_path), LockedStore()) as sink:
        sink.until_caught_up(fresh_topics)
    send(fresh_topics, "facts", 0, [facts_record("t2", 20, 3)])
    again = LockedStore()
    with RunningSink(settings(fresh_topics, tmp_path), again) as sink:
        sink.until_caught_up(fresh_topics)
    assert again.values() == {20}


def test_while_the_database_is_away_the_sink_lags_and_loses_nothing(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = AwayStore()
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        for n in range(5):
            send(fresh_topics, "facts", n % 4, [facts_record(f"t{n}", n, n)])
        eventually(lambda: store.asked > 5 and sink.status().get("state") == "waiting")
        eventually(lambda: (sink.lag() or 0) > 0)
        assert sink.status()["waiting_for"] == "no answer"
        assert not store.values()
        assert not any(
            offset > 0 for (topic, _), offset in committed(fresh_topics, sink.settings.group).items() if topic == "facts"
        )
        store.is_there.set()
        sink.until_caught_up(fresh_topics)
        assert store.values() == set(range(5))
        eventually(lambda: sink.status()["state"] == "running")


def test_a_store_that_forgets_is_found_out(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    """The negative control: what the tests here compare can fail."""
    store = ForgetfulStore()
    send(fresh_topics, "facts", 0, [facts_record("t1", 10, 1)])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
    assert store.values() != {10}


def test_offsets_are_committed_only_after_the_insert(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    """A sink that stops while its store is away has committed nothing, so the next one writes all."""
    away = AwayStore()
    send(fresh_topics, "facts", 0, [facts_record("t1", 10, 1)])
    with RunningSink(settings(fresh_topics, tmp_path), away) as sink:
        eventually(lambda: away.asked > 2)
    assert committed(fresh_topics, sink.settings.group).get(("facts", 0), 0) <= 0
    store = LockedStore()
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
    assert store.values() == {10}


def test_an_offset_that_the_topic_no_longer_holds_stops_the_sink(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    send(fresh_topics, "facts", 0, [facts_record("t1", 10, 1)])
    with RunningSink(settings(fresh_topics, tmp_path), LockedStore()) as sink:
        sink.until_caught_up(fresh_topics)
    send(fresh_topics, "facts", 0, [facts_record(f"t{n}", n, n) for n in range(10)])
    _delete_before(fresh_topics, "facts", 0, 6)
    with RunningSink(settings(fresh_topics, tmp_path), LockedStore()) as sink:
        fault = sink.until_stopped()
    assert isinstance(fault, OffsetGoneError)
    assert "facts partition 0: the next offset would be 2, but the topic holds 6 to" in str(fault)
    assert "deskpulse rebuild" in str(fault)


def test_records_that_are_deleted_under_a_waiting_sink_stop_it(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    """The position is in range when the partition is taken, and out of range when the sink comes to fetch."""
    store = AwayStore()
    with RunningSink(settings(fresh_topics, tmp_path, batch=BatchPolicy(max_rows=1, max_wait_ms=50)), store) as sink:
        send(fresh_topics, "facts", 0, [facts_record("t0", 0, 0)])
        eventually(lambda: store.asked > 2)
        send(fresh_topics, "facts", 0, [facts_record(f"t{n}", n, n) for n in range(10)])
        _delete_before(fresh_topics, "facts", 0, 8)
        store.is_there.set()
        fault = sink.until_stopped()
    assert isinstance(fault, OffsetGoneError)
    assert "deskpulse rebuild" in str(fault)


def test_a_new_group_refuses_a_topic_whose_beginning_is_gone(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    send(fresh_topics, "facts", 0, [facts_record(f"t{n}", n, n) for n in range(10)])
    _delete_before(fresh_topics, "facts", 0, 5)
    with RunningSink(settings(fresh_topics, tmp_path), LockedStore()) as sink:
        fault = sink.until_stopped()
    assert isinstance(fault, OffsetGoneError)
    assert "the group has no offset" in str(fault)


def test_a_log_made_anew_is_read_from_its_beginning_and_its_rows_win(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = LockedStore()
    append(fresh_topics, [opened(f"e{n}") for n in range(20)])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
    before = {row["event_id"]: row["version"] for row in store.select(TICKET_EVENTS)}
    _make_anew(fresh_topics, "ticket-events")
    append(fresh_topics, [opened("e19", customer="known now")] + [opened(f"n{n}") for n in range(30)])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
    after = {row["event_id"]: row for row in store.select(TICKET_EVENTS)}
    assert len(after) == 50
    assert after["e19"]["customer"] == "known now", "at offset 0 of the new log, and yet later than offset 19 of the old one"
    assert int(str(after["e19"]["version"])) > int(str(before["e19"]))
    assert sorted(store.epochs()) == [1, 2]


def test_a_missing_topic_is_named(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    _delete(fresh_topics, "alerts")
    with RunningSink(settings(fresh_topics, tmp_path), LockedStore()) as sink:
        fault = sink.until_stopped()
    assert isinstance(fault, TopicMissingError)
    assert "deskpulse topics" in str(fault)
    _create(fresh_topics, "alerts")


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


def test_two_sinks_share_the_partitions_and_hand_them_over(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = LockedStore()
    (tmp_path / "two").mkdir()
    with RunningSink(settings(fresh_topics, tmp_path), store) as first:
        for n in range(40):
            send(fresh_topics, "facts", n % 4, [facts_record(f"t{n}", n, n)])
            if n == 10:
                second = RunningSink(settings(fresh_topics, tmp_path / "two"), store)
                second.__enter__()
            if n == 30:
                second.stop()
        first.until_caught_up(fresh_topics)
        eventually(lambda: first.status()["partitions"] == 24)
    assert second.fault is None
    assert store.values() == set(range(40))


def test_a_forgotten_customer_stays_blank_when_records_come_again(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = LockedStore()
    forget = json.dumps(
        {
            "specversion": "1.0",
            "id": "f1",
            "source": "/acme/privacy",
            "subject": "acme",
            "time": "2026-11-20T11:00:00Z",
            "type": "deskpulse.customer.forgotten.v1",
            "data": {"customer": "tok"},
        }
    ).encode()
    append(fresh_topics, [opened("e1", "tok"), opened("e2", "other"), forget])
    send(fresh_topics, "tickets", 0, [ticket("t1", 1, customer="tok")])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
    again = settings(fresh_topics, tmp_path, group=f"{fresh_topics.prefix}again")
    with RunningSink(again, store) as sink:
        sink.until_caught_up(fresh_topics)
    assert {row["event_id"]: row["customer"] for row in store.select(TICKET_EVENTS)} == {"e1": "", "e2": "other"}
    assert [row["customer"] for row in store.select(TICKETS)] == [""]


def test_rows_past_their_retention_are_skipped_and_counted(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    old = json.loads(opened("old")) | {"time": "2020-01-01T00:00:00Z"}
    append(fresh_topics, [json.dumps(old).encode(), opened("new")])
    store = LockedStore()
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        sink.until_caught_up(fresh_topics)
        assert {row["event_id"] for row in store.select(TICKET_EVENTS)} == {"new"}
        eventually(lambda: sink.status()["expired"] == {"ticket_events": 1})


def _letter_rows(store: LockedStore) -> list[dict[str, Any]]:
    from sinks.rows.dead_letters import DEAD_LETTERS

    return store.select(DEAD_LETTERS)


def _delete_before(topics: FreshTopics, topic: str, partition: int, offset: int) -> None:
    admin = AdminClient({"bootstrap.servers": topics.bootstrap})
    for answer in admin.delete_records([TopicPartition(topics[topic], partition, offset)]).values():
        answer.result()


def _make_anew(topics: FreshTopics, topic: str) -> None:
    _delete(topics, topic)
    _create(topics, topic)


def _delete(topics: FreshTopics, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": topics.bootstrap})
    admin.delete_topics([topics[topic]])[topics[topic]].result()
    eventually(lambda: topics[topic] not in admin.list_topics(timeout=10).topics)


def _create(topics: FreshTopics, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": topics.bootstrap})

    def created() -> bool:
        try:
            admin.create_topics([NewTopic(topics[topic], topics.partitions, 1)])[topics[topic]].result()
        except Exception:
            return topics[topic] in admin.list_topics(timeout=10).topics
        return True

    eventually(created)
