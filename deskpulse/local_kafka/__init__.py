"""A real Apache Kafka for anyone with just Python: a JRE from PyPI, the broker's jars pinned by checksum, KRaft, on disk."""

from deskpulse.local_kafka.errors import LocalKafkaError
from deskpulse.local_kafka.foreground import run
from deskpulse.local_kafka.jars import Progress
from deskpulse.local_kafka.progress import shown
from deskpulse.local_kafka.server import LocalKafka

__all__ = ["LocalKafka", "LocalKafkaError", "Progress", "run", "shown"]
