"""The notifier on a real Kafka, posting to a receiver that checks every signature."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from confluent_kafka import Consumer, TopicPartition

from sinks.notifiers.deliveries import TOPIC as DELIVERIES
from sinks.notifiers.destination import Destination
from sinks.notifiers.loop import Notifier
from sinks.notifiers.printer import Printer
from sinks.notifiers.webhook import Webhook
from sinks.retry import Schedule
from sinks.settings import KafkaSettings, NotifySettings, PrinterSettings, WebhookSettings, wall_ms
from tests.eventually import eventually
from tests.notifier_process import notifier_process
from tests.receiver import SECRET, DribblingReceiver, Received, Receiver, ok, status
from tests.servers import FreshTopics
from tests.sink_running import send
from tests.unit.test_notifier_decisions import message

pytestmark = pytest.mark.kafka

SOON = Schedule((0, 100, 300, 500, 700, 900))


class RunningNotifier:
    def __init__(self, topics: FreshTopics, folder: Path, destinations: list[Destination], *, group: str = "notify") -> None:
        self.settings = NotifySettings(
            kafka=KafkaSettings({"bootstrap.servers": topics.bootstrap}, topics.prefix),
            group=topics.prefix + group,
            status=folder / "notify.json",
        )
        self.fault: Exception | None = None
        self._stop = threading.Event()
        self._notifier = Notifier(self.settings, destinations)
        self._thread = threading.Thread(target=self._run, name="notifier")

    def _run(self) -> None:
        try:
            self._notifier.run(self._stop)
        except Exception as error:
            self.fault = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the notifier does not stop"
        if self.fault is not None and error is None:
            raise self.fault

    def status(self) -> dict[str, Any]:
        assert self.settings.status is not None
        return dict(json.loads(self.settings.status.read_text())) if self.settings.status.exists() else {}


def hook(receiver: Receiver | DribblingReceiver, name: str = "hook", **changed: Any) -> Webhook:
    plain = WebhookSettings(name, receiver.url, (SECRET,), allow_private=True, schedule=SOON, timeout_s=5)
    return Webhook(replace(plain, **changed))


def say(topics: FreshTopics, *messages: bytes, partition: int = 0) -> None:
    send(topics, "alerts", partition, list(messages), {"version": "1"})


def opened(episode: str, **more: Any) -> bytes:
    return message(1, "firing", episode, at_ms=wall_ms(), **more)


def resolved(episode: str, at_ms: int | None = None) -> bytes:
    return message(2, "resolved", episode, at_ms=wall_ms() if at_ms is None else at_ms)


def records(topics: FreshTopics) -> dict[str, dict[str, Any]]:
    """The delivery records, by key."""
    reader = Consumer({"bootstrap.servers": topics.bootstrap, "group.id": "records", "enable.partition.eof": True})
    reader.assign([TopicPartition(topics[DELIVERIES], partition, 0) for partition in range(topics.partitions)])
    found, ends = {}, 0
    while ends < topics.partitions:
        read = reader.poll(10)
        assert read is not None
        if read.error():
            ends += 1
        else:
            found[read.key().decode()] = {**json.loads(read.value()), "partition": read.partition()}
    reader.close()
    return found


def statuses(topics: FreshTopics) -> dict[str, str]:
    return {key: record["status"] for key, record in records(topics).items()}


def test_an_alert_is_posted_once_signed_to_the_byte_and_recorded(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    raw = opened("ep_1")
    stream = io.StringIO()
    with Receiver() as receiver:
        say(fresh_topics, raw, partition=2)
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver), Printer(PrinterSettings(), stream)]) as notifier:
            eventually(lambda: len(statuses(fresh_topics)) == 2)
            eventually(lambda: notifier.status()["destinations"]["hook"]["delivered"] == 1)
            say(fresh_topics, resolved("ep_1"), partition=2)
            eventually(lambda: len(statuses(fresh_topics)) == 4)
        # Another group reads everything from the beginning, as after a lost offset: nobody is told again.
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)], group="again"):
            say(fresh_topics, opened("ep_2"), partition=2)
            eventually(lambda: "ep_2-1/hook" in statuses(fresh_topics))
        assert receiver.ids == ["ep_1-1", "ep_1-2", "ep_2-1"]
        assert all(got.is_genuine for got in receiver.received)
        assert receiver.received[0].body == raw
    assert [shown.split()[2] for shown in stream.getvalue().splitlines()] == ["OPENED", "RESOLVED"]
    record = records(fresh_topics)["ep_1-1/hook"]
    assert record | {"at": 0, "endpoint": ""} == {
        "episode_id": "ep_1",
        "seq": 1,
        "destination": "hook",
        "attempt": 1,
        "status": "delivered",
        "provider_ref": "",
        "at": 0,
        "endpoint": "",
        "ends": False,
        "partition": 2,
    }


def test_a_failed_send_is_repeated_under_its_id_and_what_follows_waits(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    with Receiver([status(500), status(302, location="/elsewhere"), status(302, location="https:login"), ok]) as receiver:
        say(fresh_topics, opened("ep_1"), resolved("ep_1"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)]) as notifier:
            eventually(lambda: len(statuses(fresh_topics)) == 2)
            eventually(lambda: notifier.status()["destinations"]["hook"]["failed"] == 3)
        assert receiver.ids == ["ep_1-1", "ep_1-1", "ep_1-1", "ep_1-1", "ep_1-2"]
        assert {got.path for got in receiver.received} == {"/hook"}, "a redirect is not followed"
        assert all(got.is_genuine for got in receiver.received), "each attempt is signed at its own time"
    assert records(fresh_topics)["ep_1-1/hook"]["attempt"] == 4


def test_a_receiver_that_asks_for_patience_gets_it(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    with Receiver([status(429, retry_after="2"), ok]) as receiver:
        say(fresh_topics, opened("ep_1"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)]):
            eventually(lambda: statuses(fresh_topics) == {"ep_1-1/hook": "delivered"})
        first, second = receiver.received
        assert second.at_s - first.at_s >= 2


def test_a_receiver_that_never_answers_well_is_given_up_and_its_end_is_not_told(
    fresh_topics: FreshTopics, tmp_path: Path
) -> None:
    with Receiver([status(500)]) as receiver:
        say(fresh_topics, opened("ep_1"), resolved("ep_1"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)]):
            eventually(lambda: statuses(fresh_topics) == {"ep_1-1/hook": "gave_up", "ep_1-2/hook": "never_told"})
        assert receiver.ids == ["ep_1-1"] * 6


def test_a_receiver_that_is_gone_is_let_be_until_it_has_another_address(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    with Receiver([status(410)]) as gone, Receiver() as moved:
        say(fresh_topics, opened("ep_1"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(gone)]):
            eventually(lambda: statuses(fresh_topics) == {"ep_1-1/hook": "gone"})
            say(fresh_topics, opened("ep_2"))
            eventually(lambda: "ep_2-1/hook" in statuses(fresh_topics))
        say(fresh_topics, opened("ep_3"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(gone)]):
            eventually(lambda: "ep_3-1/hook" in statuses(fresh_topics))
        assert gone.ids == ["ep_1-1"]
        say(fresh_topics, opened("ep_4"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(moved)]):
            eventually(lambda: statuses(fresh_topics).get("ep_4-1/hook") == "delivered")
        assert moved.ids == ["ep_4-1"]


def test_one_slow_receiver_holds_up_nobody_else_and_has_one_deadline_for_all(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    stream = io.StringIO()
    with DribblingReceiver() as slow, Receiver() as quick:
        dribbling = hook(slow, "slow", timeout_s=1.0, schedule=Schedule((0, 60_000)))
        say(fresh_topics, opened("ep_1"))
        with RunningNotifier(fresh_topics, tmp_path, [dribbling, hook(quick), Printer(PrinterSettings(), stream)]) as notifier:
            eventually(lambda: {"ep_1-1/hook", "ep_1-1/printer"} <= set(statuses(fresh_topics)))
            eventually(lambda: notifier.status()["destinations"]["slow"]["last_error"] == "no answer within 1 s")
        assert "ep_1-1/slow" not in statuses(fresh_topics)


def test_an_account_hears_of_itself_alone(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    with Receiver() as acme, Receiver() as everybody:
        say(fresh_topics, opened("ep_1", account="bolt"), opened("ep_2", account="acme"))
        ours = hook(acme, "acme", accounts=frozenset({"acme"}))
        with RunningNotifier(fresh_topics, tmp_path, [ours, hook(everybody, "all")]):
            eventually(lambda: len(statuses(fresh_topics)) == 3)
        assert (acme.ids, sorted(everybody.ids)) == (["ep_2-1"], ["ep_1-1", "ep_2-1"])


def test_nobody_is_told_history_or_old_news(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    hours = 3_600_000
    with Receiver() as receiver:
        say(
            fresh_topics,
            opened("ep_backfill", historical=True),
            message(1, "firing", "ep_old", at_ms=wall_ms() - 2 * hours),
            resolved("ep_old"),
            opened("ep_over"),
            resolved("ep_over", wall_ms() - 11 * 60_000),
            b"no alert at all",
            opened("ep_now"),
        )
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)]):
            eventually(lambda: len(statuses(fresh_topics)) == 5)
        assert receiver.ids == ["ep_now-1"]
    assert statuses(fresh_topics) == {
        "ep_old-1/hook": "expired",
        "ep_old-2/hook": "never_told",
        "ep_over-1/hook": "superseded",
        "ep_over-2/hook": "never_told",
        "ep_now-1/hook": "delivered",
    }


def test_what_waits_is_read_again_after_a_restart_and_told_once_the_receiver_is_back(
    fresh_topics: FreshTopics, tmp_path: Path
) -> None:
    with Receiver([status(500)]) as receiver:
        say(fresh_topics, opened("ep_1"), opened("ep_2"))
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver, schedule=Schedule((0, 100, 60_000)))]):
            eventually(lambda: len(receiver.received) == 4)
        receiver.answers = [ok]
        with RunningNotifier(fresh_topics, tmp_path, [hook(receiver)]):
            eventually(lambda: statuses(fresh_topics) == {"ep_1-1/hook": "delivered", "ep_2-1/hook": "delivered"})


def test_a_notifier_killed_between_send_and_record_repeats_the_message_under_its_id(
    fresh_topics: FreshTopics, tmp_path: Path
) -> None:
    pids: list[int] = []

    def kill(_got: Received) -> tuple[int, dict[str, str]]:
        os.kill(pids[0], signal.SIGKILL)
        return 204, {}

    with Receiver([ok, kill, ok]) as receiver:
        say(fresh_topics, opened("ep_1"))
        with notifier_process(fresh_topics, receiver.url, tmp_path) as notifier:
            pids.append(notifier.pid)
            eventually(lambda: statuses(fresh_topics) == {"ep_1-1/hook": "delivered"}, 30)
            say(fresh_topics, opened("ep_2"))
            assert notifier.wait(30) == -signal.SIGKILL
        with notifier_process(fresh_topics, receiver.url, tmp_path) as notifier:
            eventually(lambda: statuses(fresh_topics).get("ep_2-1/hook") == "delivered", 30)
        assert notifier.returncode == 0, "SIGTERM ends it cleanly"
        assert receiver.ids == ["ep_1-1", "ep_2-1", "ep_2-1"]
        assert all(got.is_genuine for got in receiver.received)
