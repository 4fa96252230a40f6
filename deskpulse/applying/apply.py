"""Compares every account's settings with what the log last said, and appends what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from deskpulse.applying.configured import configured, event, say_the_same
from deskpulse.applying.last_said import last_said
from deskpulse.database import Database
from deskpulse.settings.models import Account
from events import codec, wire
from events.placement import partition_of

_REQUEST_S = 15.0


class ApplyError(Exception):
    """The log could not be read or written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Applying:
    """Where the log is, and who speaks."""

    client: Mapping[str, str]
    topic: str
    sink_group: str
    database: Database
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Applied:
    changed: tuple[str, ...]
    new: tuple[str, ...]
    unchanged: tuple[str, ...]


def apply(accounts: Mapping[str, Account], to: Applying) -> Applied:
    """After this the log's last word on each account is what its settings say. Nothing changed: nothing is appended."""
    if not accounts:
        return Applied((), (), ())
    try:
        partitions = _partitions(to)
        placed = {name: partition_of(name, partitions) for name in accounts}
        said = last_said(to.client, to.topic, placed, to.sink_group, to.database)
        wanted = {name: configured(account) for name, account in accounts.items()}
        new = [name for name in wanted if name not in said]
        changed = [name for name in wanted if name in said and not say_the_same(wanted[name], said[name])]
        _append(to, {name: (placed[name], wanted[name], name in new) for name in (*new, *changed)})
    except KafkaException as error:
        raise ApplyError(
            f"Kafka did not take part ({error.args[0].str()}). Is it running, and do the topics exist? `deskpulse topics` makes them."
        ) from error
    return Applied(tuple(changed), tuple(new), tuple(name for name in wanted if name not in new and name not in changed))


def _partitions(to: Applying) -> int:
    known = AdminClient({"log_level": 0, **to.client}).list_topics(to.topic, timeout=_REQUEST_S).topics[to.topic]
    if known.error is not None:
        raise ApplyError(f"The topic {to.topic} does not exist. Run `deskpulse topics` first.")
    return len(known.partitions)


def _append(to: Applying, wanted: Mapping[str, tuple[int, wire.Configured, bool]]) -> None:
    if not wanted:
        return
    producer = Producer({"enable.idempotence": True, "acks": "all", "delivery.timeout.ms": 15_000, "log_level": 0, **to.client})
    failed: list[KafkaException] = []
    for name, (partition, said, is_first) in wanted.items():
        now_ms = to.now_ms()
        # The first settings hold for all of the account's history; a change holds from now on.
        record = event(name, said, 0 if is_first else None, now_ms)
        producer.produce(
            to.topic,
            key=name.encode(),
            value=codec.encode(record),
            partition=partition,
            timestamp=now_ms,
            on_delivery=lambda error, _record: failed.append(KafkaException(error)) if error else None,
        )
    left = producer.flush(_REQUEST_S)
    if failed or left:
        raise failed[0] if failed else ApplyError("Kafka did not confirm the settings in time; run `deskpulse apply` again.")
