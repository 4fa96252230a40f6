"""The broker, its topics, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from deskpulse.counted import counted
from deskpulse.doctor.finding import Finding, bad, good, look
from deskpulse.doctor.groups import group
from deskpulse.doctor.status import Status, status_of
from deskpulse.local_kafka.power import boot_id, went_down
from deskpulse.settings import Settings
from deskpulse.topics import Difference
from deskpulse.wiring.names import app_id, notify_group, sink_group, topic
from schemas.loader import topics
from sinks.settings import TOPICS

_REQUEST_S = 5.0
_NOT_ALLOWED = frozenset(
    {
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
_FEW = 200
_MANY = 20_000


def kafka(settings: Settings) -> Iterator[Finding]:
    where = settings.kafka.servers
    try:
        known = AdminClient({"log_level": 0, **settings.kafka.client()}).list_topics(timeout=_REQUEST_S).topics
    except KafkaException as error:
        start = (
            "start it: deskpulse up, or deskpulse kafka"
            if settings.kafka.is_local
            else "is it running, and are address and security settings right?"
        )
        yield bad("broker", f"{where} does not answer ({error.args[0].str()})", start)
        return
    yield good("broker", f"{where} answers")
    if settings.kafka.is_local and went_down(settings.data / "kafka", boot_id()):
        yield look(
            "power",
            "the machine went down under the broker: results may lack their last second",
            "compare the newest numbers with the helpdesk; docs/runbook.md says more",
        )
    wanted = [topic(settings, declared.name) for declared in topics()]
    if missing := [name for name in wanted if name not in known]:
        yield bad("topics", f"missing: {', '.join(missing)}", "deskpulse topics")
        return
    partitions = {name: len(known[name].partitions) for name in wanted}
    events = counted(partitions[topic(settings, "ticket-events")], "partition")
    yield good("topics", f"all {len(wanted)} there, {events} of events")
    yield from differing(settings, partitions)
    yield _reader(settings, "worker", app_id(settings), ["ticket-events"])
    yield _reader(settings, "sink", sink_group(settings), list(TOPICS))
    yield _reader(settings, "notify", notify_group(settings), ["alerts"])


def _reader(settings: Settings, part: str, name: str, read: list[str]) -> Finding:
    start = f"start it: deskpulse up, or deskpulse {part}"
    try:
        seen = group(settings.kafka.client(), name, [topic(settings, one) for one in read])
    except KafkaException as error:
        return untold(part, name, error.args[0])
    said = status_of(settings, part)
    lag = seen.lag if said is None or said.lag is None else said.lag
    if seen.members == 0:
        return bad(part, f"nobody runs it; {counted(seen.lag, 'record waits', 'records wait')}", start)
    return _how_far(part, seen.members, lag, said)


def untold(part: str, name: str, error: KafkaError) -> Finding:
    if error.code() in _NOT_ALLOWED:
        return bad(part, f"the broker does not tell about the group {name} ({error.str()})", "grant the right to describe groups")
    why = error.str() or error.name()
    return bad(part, f"the broker does not answer yet about the group {name} ({why})", "look again when the broker has started")


def differing(settings: Settings, partitions: Mapping[str, int]) -> Iterator[Finding]:
    """Of the topics that are there, by name, as `deskpulse topics` says it: all follow one setting, so the first one speaks."""
    wanted = {topic(settings, one.name): one.partition_count(settings.kafka.partitions) for one in topics()}
    if found := [name for name in wanted if partitions[name] != wanted[name]]:
        first = found[0]
        others = f"; so are {len(found) - 1} other topics" if len(found) > 1 else ""
        yield look(
            "topics",
            f"differs: {Difference(first, 'partitions', str(wanted[first]), str(partitions[first]))}{others}",
            "set kafka.partitions back to what the log has: another count is a rebuild",
        )


def _how_far(part: str, members: int, lag: int, said: Status | None) -> Finding:
    running = f"{members} running"
    if said is not None and said.waiting_for:
        return bad(part, f"{running}, waits for {said.waiting_for}", "see to what it waits for; nothing is lost meanwhile")
    if said is not None and said.is_old:
        return bad(
            part, f"{running}, but has said nothing for {said.silent_s:.0f} s", "look at its log in the data folder's logs/"
        )
    if lag > _MANY:
        return bad(
            part,
            f"{running}, {lag:,} records behind",
            "if it does not fall: more workers, up to one per partition, or a faster database",
        )
    if lag > _FEW:
        return look(part, f"{running}, {lag:,} records behind", "look again in a minute: it should fall")
    return good(part, f"{running}, keeping up")
