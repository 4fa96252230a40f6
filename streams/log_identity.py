"""Which log this is: cluster id and topic id, so that a topic made anew is not taken for the old one. Blocking."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

_CALL_S = 10.0
_PAUSE_S = 0.2


class TopicMissingError(Exception):
    """The broker has no such topic."""


def identify(client: Mapping[str, Any], topic: str, deadline_s: float) -> tuple[str, int]:
    """Its id, and its number of partitions; waits for a broker that is on its way up."""
    admin = AdminClient({"log_level": 0, **client})
    end_s = time.monotonic() + deadline_s
    while True:
        try:
            cluster = admin.describe_cluster(request_timeout=_CALL_S).result()
            described = admin.describe_topics(TopicCollection([topic]), request_timeout=_CALL_S)[topic].result()
        except KafkaException as error:
            if error.args[0].code() == error.args[0].UNKNOWN_TOPIC_OR_PART:
                raise TopicMissingError(f"there is no topic {topic}: run `deskpulse topics`") from error
            if time.monotonic() > end_s:
                raise
            time.sleep(_PAUSE_S)
        else:
            return f"{cluster.cluster_id}/{described.topic_id}", len(described.partitions)
