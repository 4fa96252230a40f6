from __future__ import annotations

from pathlib import Path

from deskpulse.local_kafka.config import command, log4j_properties, server_properties, server_settings


def test_broker_and_controller_listen_on_loopback_only() -> None:
    settings = server_settings(9092, 9093)
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9093"


def test_every_internal_topic_has_one_replica_and_few_partitions() -> None:
    settings = server_settings(9092, 9093)
    for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert settings[f"{topic}.replication.factor"] == 1
        assert settings[f"{topic}.num.partitions"] == 4
    for topic in ("transaction.state.log", "share.coordinator.state.topic"):
        assert settings[f"{topic}.min.isr"] == 1


def test_a_topic_is_never_created_by_a_typing_error() -> None:
    assert server_settings(9092, 9093)["auto.create.topics.enable"] == "false"


def test_the_flusher_runs_as_often_as_the_flush_is_due() -> None:
    settings = server_settings(9092, 9093)
    assert settings["log.flush.interval.ms"] == settings["log.flush.scheduler.interval.ms"] == 1000


def test_the_properties_are_ascii_lines_of_name_and_value() -> None:
    lines = server_properties(9092, 9093).splitlines()
    assert dict(line.split("=", 1) for line in lines) == {name: str(value) for name, value in server_settings(9092, 9093).items()}
    assert server_properties(9092, 9093).isascii()
    assert log4j_properties().isascii()


def test_the_command_names_the_data_folder_so_that_its_process_can_be_recognised() -> None:
    line = command(
        Path("/jre/bin/java"), [Path("/jars/a.jar"), Path("/jars/b.jar")], Path("/data"), "kafka.Kafka", "server.properties"
    )
    assert line[0] == "/jre/bin/java"
    assert "-Ddeskpulse.data=/data" in line
    assert line[-4:] == ["-cp", "/jars/a.jar:/jars/b.jar", "kafka.Kafka", "server.properties"]
