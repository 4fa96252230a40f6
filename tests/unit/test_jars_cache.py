from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.local_kafka.errors import KafkaHomeError
from deskpulse.local_kafka.jars import cache_folder, class_path, fetch_missing, sha256_of
from deskpulse.local_kafka.lock import Jar


def test_the_cache_folder_is_the_chosen_one_before_the_users() -> None:
    assert cache_folder({"DESKPULSE_CACHE": "/here", "XDG_CACHE_HOME": "/there"}) == Path("/here")
    assert cache_folder({"XDG_CACHE_HOME": "/there"}) == Path("/there/deskpulse")
    assert cache_folder({}) == Path.home() / ".cache" / "deskpulse"


def test_an_intact_jar_in_the_cache_is_not_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "thing-1.0.jar"
    file.write_bytes(b"content")
    # Sockets are blocked here, so a download would fail.
    fetch_missing([Jar("org.example", "thing", "1.0", sha256_of(file), 7)], tmp_path)
    assert file.read_bytes() == b"content"


def test_a_kafka_home_replaces_the_download(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    jar = tmp_path / "libs" / "kafka_2.13-4.3.0.jar"
    jar.touch()
    assert class_path(env={"DESKPULSE_KAFKA_HOME": str(tmp_path)}) == [jar]


@pytest.mark.parametrize("jar", [None, "kafka_2.13-3.9.1.jar"])
def test_a_kafka_home_without_a_kafka_4_is_refused(tmp_path: Path, jar: str | None) -> None:
    if jar:
        (tmp_path / "libs").mkdir()
        (tmp_path / "libs" / jar).touch()
    with pytest.raises(KafkaHomeError, match="Point it at an unpacked Apache Kafka 4"):
        class_path(env={"DESKPULSE_KAFKA_HOME": str(tmp_path)})
