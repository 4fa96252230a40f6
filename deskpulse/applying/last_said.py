"""What the log last said about accounts' settings: ClickHouse for what its sink has read, the log itself for the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from deskpulse.database import Database, DatabaseError
from events import codec, wire

_REQUEST_S = 15.0
_PAUSE_S = 0.1
_LOOK_S = 0.05
_FETCH = 10_000
_MARK = b'"deskpulse.account.configured'
_settings = msgspec.json.Decoder(wire.Configured)


def last_said(
    client: Mapping[str, str], topic: str, placed: Mapping[str, int], sink_group: str, database: Database
) -> dict[str, wire.Configured]:
    """By account, of those in `placed`, with their partitions. Without a database the whole log is read."""
    partitions = set(placed.values())
    read_from = dict.fromkeys(partitions, 0)
    said: dict[str, wire.Configured] = {}
    try:
        stored = _from_database(database)
        read_from |= _where_the_sink_is(client, topic, partitions, sink_group)
        # Where the sink has read nothing yet, what the database holds is from another log.
        said = {name: settings for name, settings in stored.items() if read_from.get(placed.get(name, -1))}
    except DatabaseError:
        pass
    return {**said, **_from_log(client, topic, read_from)}


def _from_database(database: Database) -> dict[str, wire.Configured]:
    rows = database.rows(
        "SELECT account, argMax(settings, version) AS settings FROM account_settings "
        "WHERE bitShiftRight(version, 48) = (SELECT max(epoch) FROM log_epochs) GROUP BY account"
    )
    return {row["account"]: _settings.decode(row["settings"]) for row in rows}


def _where_the_sink_is(client: Mapping[str, str], topic: str, partitions: set[int], group: str) -> dict[int, int]:
    """The first offset of each partition that ClickHouse may not hold yet."""
    consumer = Consumer({"group.id": group, "enable.auto.commit": False, "log_level": 0, **client})
    asked = [TopicPartition(topic, partition) for partition in partitions]
    end_s = time.monotonic() + _REQUEST_S
    try:
        while True:
            try:
                known = consumer.committed(asked, timeout=_REQUEST_S)
                return {one.partition: max(0, one.offset) for one in known}
            except KafkaException:
                # A broker that has just begun has no coordinator for a moment.
                if time.monotonic() > end_s:
                    raise
                time.sleep(_PAUSE_S)
    finally:
        consumer.close()


def _from_log(client: Mapping[str, str], topic: str, begin: Mapping[int, int]) -> dict[str, wire.Configured]:
    consumer = Consumer(
        {
            "group.id": "deskpulse-apply",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
            "log_level": 0,
            **client,
        }
    )
    said: dict[str, wire.Configured] = {}
    waiting = set(begin)
    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in begin.items()])
    read_s = time.monotonic()
    try:
        while waiting:
            # A short wait: the client waits it out for fewer records than asked, also at the log's end.
            records = consumer.consume(_FETCH, timeout=_LOOK_S)
            if records:
                read_s = time.monotonic()
            elif time.monotonic() - read_s > _REQUEST_S:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - librdkafka's own errors have no public name
            for record in records:
                if (error := record.error()) is not None:
                    if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - as above
                        raise KafkaException(error)
                    waiting.discard(record.partition())
                    continue
                # Most records are tickets: a look at the bytes costs less than decoding them.
                if _MARK in (value := record.value() or b""):
                    event = codec.decode(value)
                    if isinstance(event, wire.AccountConfigured) and (names := codec.split_source(event.source)):
                        said[names[0]] = event.data
    finally:
        consumer.close()
    return said
