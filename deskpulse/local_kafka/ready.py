"""Is the broker there for clients: does its admin interface answer, and is the broker let in?"""

from __future__ import annotations

import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient


class Answer:
    """Asks one broker; made once and asked often, so that no connection storm meets a broker that starts."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._admin: AdminClient | None = None

    def is_there(self) -> bool:
        if not self._listens():
            return False
        if self._admin is None:
            self._admin = AdminClient(
                {
                    "bootstrap.servers": f"127.0.0.1:{self._port}",
                    "reconnect.backoff.ms": 20,
                    "reconnect.backoff.max.ms": 100,
                    # It is asked precisely because it may not answer: nothing to log.
                    "log_level": 0,
                }
            )
        try:
            known = self._admin.list_topics(timeout=1)
        except KafkaException:
            return False
        # A broker that the controller has not let in yet answers with no brokers, and topics without leaders.
        return bool(known.brokers) and all(
            partition.leader != -1 for topic in known.topics.values() for partition in topic.partitions.values()
        )

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True
