from __future__ import annotations

import re

from deskpulse.local_kafka.lock import Jar, kafka_version, parse_lock, pinned_jars


def test_every_jar_is_pinned_by_version_size_and_sha256() -> None:
    for jar in pinned_jars():
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256), jar
        assert jar.size > 0, jar
        assert jar.version[0].isdigit(), jar


def test_the_lock_holds_the_45_jars_of_kafka_and_the_logging_binding() -> None:
    jars = pinned_jars()
    assert len(jars) == 46
    assert len({jar.file_name for jar in jars}) == 46, "two jars would share one file"
    assert kafka_version() == "4.3.1"


def test_all_parts_of_kafka_have_the_version_of_the_broker() -> None:
    # A second coordinate in one resolution changes versions, and the broker dies with NoSuchMethodError.
    assert {jar.version for jar in pinned_jars() if jar.group == "org.apache.kafka"} == {kafka_version()}


def test_the_logging_binding_fits_the_logging_library() -> None:
    versions = {jar.artifact: jar.version for jar in pinned_jars()}
    assert versions["log4j-slf4j-impl"] == versions["log4j-core"] == versions["log4j-api"]
    assert versions["slf4j-api"].startswith("1.7."), "log4j-slf4j-impl binds slf4j 1.7 only"


def test_comments_and_empty_lines_of_a_lock_are_no_jars() -> None:
    assert parse_lock("# a comment\n\nabc  12 org.example:thing:1.0\n") == (Jar("org.example", "thing", "1.0", "abc", 12),)
