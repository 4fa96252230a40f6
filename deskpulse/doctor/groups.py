"""Who reads the topics and how far behind, as the broker knows it: true from any machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

_REQUEST_S = 10.0


@dataclass(frozen=True, slots=True)
class Group:
    members: int
    lag: int
    """Records that it has not committed yet. Markers of transactions count too: a few are none."""
    unread: tuple[str, ...]
    """Partitions with records for which it has committed nothing."""


def group(client: Mapping[str, Any], name: str, topics: list[str]) -> Group:
    """Raises KafkaException where the broker does not answer."""
    admin = AdminClient({"log_level": 0, **client})
    described = admin.describe_consumer_groups([name], request_timeout=_REQUEST_S)[name].result()
    known = admin.list_topics(timeout=_REQUEST_S).topics
    places = [TopicPartition(topic, partition) for topic in topics if topic in known for partition in known[topic].partitions]
    ends = admin.list_offsets({place: OffsetSpec.latest() for place in places}, request_timeout=_REQUEST_S)
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name, places)], request_timeout=_REQUEST_S)
    committed = {(at.topic, at.partition): at.offset for at in asked[name].result().topic_partitions}
    lag, unread = 0, []
    for place, answer in ends.items():
        end, offset = answer.result().offset, committed.get((place.topic, place.partition), -1)
        if offset < 0 and end > 0:
            unread.append(f"{place.topic}/{place.partition}")
        lag += max(0, end - max(offset, 0))
    return Group(len(described.members), lag, tuple(unread))
