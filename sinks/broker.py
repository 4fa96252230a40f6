"""What the broker says of itself and its topics. Blocking, with deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from sinks.faults import TopicMissingError
from sinks.settings import KafkaSettings
from sinks.store import UnavailableError

REQUEST_S = 10.0


@dataclass(frozen=True, slots=True)
class TopicFacts:
    topic_id: str
    """Given at its creation: a topic made anew has another one."""
    partitions: int


@dataclass(frozen=True, slots=True)
class Broker:
    cluster_id: str
    topics: dict[str, TopicFacts]
    """By logical name."""

    def log_id(self, topic: str) -> str:
        """The same for worker and sinks: it is what `log_epochs` knows a log by."""
        return f"{self.cluster_id}/{self.topics[topic].topic_id}"


def describe(kafka: KafkaSettings, topics: Iterable[str]) -> Broker:
    """UnavailableError while no broker answers; TopicMissingError for a topic that is not there."""
    admin = AdminClient({"log_level": 0, **kafka.client})
    named = {kafka.prefix + topic: topic for topic in topics}
    try:
        cluster = admin.describe_cluster(request_timeout=REQUEST_S).result()
        asked = admin.describe_topics(TopicCollection(list(named)), request_timeout=REQUEST_S)
    except KafkaException as error:
        raise UnavailableError(f"Kafka: {words(error)}") from error
    found = {}
    for name, answer in asked.items():
        try:
            topic = answer.result()
        except KafkaException as error:
            if error.args[0].code() in {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED}:
                raise TopicMissingError(name) from error
            raise UnavailableError(f"Kafka: {words(error)}") from error
        found[named[name]] = TopicFacts(str(topic.topic_id), len(topic.partitions))
    return Broker(cluster.cluster_id, found)


def words(error: KafkaException) -> str:
    return str(error.args[0].str()) if error.args and hasattr(error.args[0], "str") else str(error)
