"""The sink's loop on a real Kafka, with a store in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from sinks.batch import BatchPolicy
from sinks.faults import OffsetGoneError, TopicMissingError
from sinks.rows.ticket_events import TICKET_EVENTS
from sinks.rows.tickets import TICKETS
from tests.eventually import eventually
from tests.fake_stores import AwayStore, ForgetfulStore, LockedStore
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, committed, facts_record, send, settings, ticket, transaction

pytestmark = pytest.mark.kafka


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
    assert "Restore the topic, or begin a new log" in str(fault)


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
    assert "Restore the topic, or begin a new log" in str(fault)


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
