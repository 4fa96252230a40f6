"""The broker's settings, its log's settings and its command line, as pure functions.

All paths are relative to the data folder, which is the broker's working directory: a folder with a comma or an
umlaut in its name cannot break a properties file, and a data folder can be moved.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

LOG_DIR = "log"
BROKER_LOG = "broker.log"
SERVER_PROPERTIES = "server.properties"
LOG4J_PROPERTIES = "log4j2.properties"
DATA_FOLDER_MARK = "-Ddeskpulse.data="

_MB = 1 << 20


def server_settings(port: int, controller_port: int) -> dict[str, str | int]:
    """One node that is broker and controller, on loopback, with few internal partitions and no second replica."""
    return {
        "node.id": 1,
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": LOG_DIR,
        # Topics are declared in schemas/topics.yaml: a typing error must not become a topic.
        "auto.create.topics.enable": "false",
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        # A laptop may be closed for weeks; a sink whose offset expired would have to be rebuilt.
        "offsets.retention.minutes": 365 * 24 * 60,
        # Kafka leaves writing to the kernel; this bounds what a power loss takes to about the last second.
        # By default nobody looks whether a flush is due, and not at all in the first half minute.
        "log.flush.interval.ms": 1000,
        "log.flush.scheduler.interval.ms": 1000,
        "log.initial.task.delay.ms": 1000,
        # What is flushed need not be read again after a kill -9, once this is written down (default: every minute).
        "log.flush.offset.checkpoint.interval.ms": 5000,
        "log.cleaner.dedupe.buffer.size": 16 * _MB,
        # After a kill -9 the restarted broker is let in when its old session has expired (default: 9 s).
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "num.network.threads": 2,
        "num.io.threads": 4,
    }


def server_properties(port: int, controller_port: int) -> str:
    return "".join(f"{name}={value}\n" for name, value in server_settings(port, controller_port).items())


def log4j_properties() -> str:
    """Everything from INFO up into one rotated file in the data folder, nothing to the terminal."""
    return f"""\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {BROKER_LOG}
appender.file.filePattern = {BROKER_LOG}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd'T'HH:mm:ss.SSS}} %p %c{{1}}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
"""


def command(java: Path, jars: Iterable[Path], data_folder: Path, main: str, *arguments: str) -> list[str]:
    """The command line of a Kafka program; the data folder is named in it, so that its process can be recognised."""
    return [
        str(java),
        "-Xms256m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        # The newest JREs warn about what Kafka's own libraries do; nothing a user could act on.
        "--sun-misc-unsafe-memory-access=allow",
        "--enable-native-access=ALL-UNNAMED",
        f"-Dlog4j2.configurationFile={LOG4J_PROPERTIES}",
        f"{DATA_FOLDER_MARK}{data_folder}",
        "-cp",
        os.pathsep.join(str(jar) for jar in jars),
        main,
        *arguments,
    ]
