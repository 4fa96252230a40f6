from __future__ import annotations

import pytest

from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Difference, Installation, TopicsError, ensure_topics
from schemas.loader import topic, topics
from tests.servers import PARTITIONS, FreshTopics

pytestmark = pytest.mark.kafka


def _again(fresh: FreshTopics, **changed: object) -> Installation:
    return Installation(**{"partitions": PARTITIONS, "prefix": fresh.prefix} | changed)  # type: ignore[arg-type]  # a test's shorthand


def test_declared_topics_are_created_once_as_declared(fresh_topics: FreshTopics) -> None:
    report = ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, _again(fresh_topics))
    assert report.created == ()
    assert report.present == tuple(fresh_topics[declared.name] for declared in topics())
    assert report.differences == (), "the broker did not keep what was declared"


def test_a_missing_topic_is_created_beside_the_present_ones(fresh_topics: FreshTopics) -> None:
    more = topic("facts").model_copy(update={"name": "more-facts"})
    report = ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, _again(fresh_topics), declared=[*topics(), more])
    assert report.created == (fresh_topics["more-facts"],)


def test_a_differing_setting_is_reported_and_left_alone(fresh_topics: FreshTopics) -> None:
    installation = _again(fresh_topics, overrides={"ticket-events": {"retention.ms": "1000"}})
    for _ in range(2):
        report = ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, installation)
        assert report.differences == (Difference(fresh_topics["ticket-events"], "retention.ms", "1000", "-1"),)
    assert str(report.differences[0]) == f"{fresh_topics['ticket-events']}: retention.ms is -1, declared is 1000"


def test_another_partition_count_is_reported_for_every_topic(fresh_topics: FreshTopics) -> None:
    report = ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, _again(fresh_topics, partitions=12))
    assert [difference.topic for difference in report.differences] == list(report.present)
    assert {(difference.setting, difference.declared, difference.actual) for difference in report.differences} == {
        ("partitions", "12", "4")
    }


def test_more_replicas_than_brokers_are_refused_with_what_to_check(fresh_topics: FreshTopics) -> None:
    more = topic("facts").model_copy(update={"name": "replicated-facts"})
    with pytest.raises(TopicsError, match=r"replicated-facts.*Check the replication factor"):
        ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, _again(fresh_topics, replication_factor=3), declared=[more])


def test_no_broker_is_said_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskpulse.topics._REQUEST_S", 1.0)
    with pytest.raises(TopicsError, match=r"No Kafka broker answered.*Is it running"):
        ensure_topics({"bootstrap.servers": f"127.0.0.1:{free_port()}"}, Installation(partitions=1))
