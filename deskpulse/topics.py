"""Creates the declared topics that a broker lacks, and says where an existing one differs from its declaration.

It never changes or deletes a topic: another partition count is a rebuild, and a differing setting may be somebody's choice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from schemas.loader import Topic, topics

READY_WITHIN_S = 30.0

_REQUEST_S = 15.0
_POLL_S = 0.05


class TopicsError(Exception):
    """The topics could not be brought about; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What belongs to a cluster and not to a topic. `overrides` maps a topic to settings that replace the declared ones."""

    partitions: int
    replication_factor: int = 1
    min_insync_replicas: int = 1
    prefix: str = ""
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    topic: str
    setting: str
    declared: str
    actual: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.actual}, declared is {self.declared}"


@dataclass(frozen=True, slots=True)
class TopicsReport:
    created: tuple[str, ...]
    present: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    partitions: int
    settings: Mapping[str, str]


def ensure_topics(
    client: Mapping[str, Any],
    installation: Installation,
    *,
    declared: Iterable[Topic] | None = None,
    within_s: float = READY_WITHIN_S,
) -> TopicsReport:
    """After this every declared topic exists and every partition of it has a leader. Running it again changes nothing.

    `client` are the connection settings of librdkafka, `bootstrap.servers` and security.
    """
    admin = AdminClient({"log_level": 0, **client})
    wanted = [_wanted(topic, installation) for topic in (topics() if declared is None else declared)]
    partitions = _partitions_by_topic(admin)
    missing = [topic for topic in wanted if topic.name not in partitions]
    created = _create(admin, missing, installation)
    present = [topic for topic in wanted if topic.name not in created]
    _wait_for_leaders(admin, [topic.name for topic in wanted], within_s)
    return TopicsReport(
        created=tuple(topic.name for topic in wanted if topic.name in created),
        present=tuple(topic.name for topic in present),
        differences=tuple(_differences(admin, present)),
    )


def _wanted(topic: Topic, installation: Installation) -> _Wanted:
    return _Wanted(
        name=installation.prefix + topic.name,
        partitions=topic.partition_count(installation.partitions),
        settings={
            "min.insync.replicas": str(installation.min_insync_replicas),
            **topic.settings,
            **installation.overrides.get(topic.name, {}),
        },
    )


def _partitions_by_topic(admin: AdminClient) -> dict[str, list[bool]]:
    """Of each topic of the broker: for each of its partitions, whether it has a leader."""
    try:
        known = admin.list_topics(timeout=_REQUEST_S).topics
    except KafkaException as error:
        raise TopicsError(
            f"No Kafka broker answered within {_REQUEST_S:g} s ({_words(error)}). Is it running, and is the address right?"
        ) from error
    return {name: [partition.leader != -1 for partition in topic.partitions.values()] for name, topic in known.items()}


def _create(admin: AdminClient, missing: list[_Wanted], installation: Installation) -> set[str]:
    """The names of those that this call created; one that another process created meanwhile is not among them."""
    if not missing:
        return set()
    asked = admin.create_topics(
        [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=installation.replication_factor,
                config=dict(topic.settings),
            )
            for topic in missing
        ],
        operation_timeout=_REQUEST_S,
        request_timeout=_REQUEST_S,
    )
    created = set()
    for name, answer in asked.items():
        try:
            answer.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise TopicsError(
                    f"The broker refused to create the topic {name}: {_words(error)}. "
                    "Check the replication factor against the number of brokers, and the right to create topics."
                ) from error
        else:
            created.add(name)
    return created


def _wait_for_leaders(admin: AdminClient, names: list[str], within_s: float) -> None:
    end_s = time.monotonic() + within_s
    while True:
        partitions = _partitions_by_topic(admin)
        waiting = [name for name in names if not partitions.get(name) or not all(partitions[name])]
        if not waiting:
            return
        if time.monotonic() > end_s:
            raise TopicsError(
                f"Created, but without a leader after {within_s:g} s: {', '.join(waiting)}. Look at the broker's log, then run it again."
            )
        time.sleep(_POLL_S)


def _differences(admin: AdminClient, present: list[_Wanted]) -> list[Difference]:
    if not present:
        return []
    found = []
    partitions = _partitions_by_topic(admin)
    asked = admin.describe_configs(
        [ConfigResource(ResourceType.TOPIC, topic.name) for topic in present], request_timeout=_REQUEST_S
    )
    actual_by_topic = {resource.name: answer for resource, answer in asked.items()}
    for topic in present:
        count = len(partitions[topic.name])
        if count != topic.partitions:
            found.append(Difference(topic.name, "partitions", str(topic.partitions), str(count)))
        try:
            actual = {name: entry.value for name, entry in actual_by_topic[topic.name].result().items()}
        except KafkaException as error:
            raise TopicsError(
                f"The broker does not tell the settings of {topic.name}: {_words(error)}. Grant the right to describe topics."
            ) from error
        found += [
            Difference(topic.name, setting, declared, str(actual.get(setting)))
            for setting, declared in topic.settings.items()
            if actual.get(setting) != declared
        ]
    return found


def _words(error: KafkaException) -> str:
    return str(error.args[0].str()) if error.args and hasattr(error.args[0], "str") else str(error)
