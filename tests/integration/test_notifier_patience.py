"""How long the notifier waits for whom: for one receiver at nobody's cost, for what is under way when it has to let go."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from sinks.notifiers import loop
from sinks.retry import Schedule
from tests.eventually import eventually
from tests.integration.test_notifier import RunningNotifier, hook, opened, say, statuses
from tests.notifier_process import notifier_process
from tests.receiver import Received, Receiver, status
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka


def test_a_receiver_that_is_away_holds_up_nobody_else_and_its_oldest_are_given_up(
    fresh_topics: FreshTopics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MOST_WAITING", 5)
    with Receiver([status(500)]) as away, Receiver() as quick:
        with RunningNotifier(fresh_topics, tmp_path, [hook(away, "away", schedule=Schedule()), hook(quick, "quick")]):
            for n in range(12):
                say(fresh_topics, opened(f"ep_{n}"))
                eventually(lambda: len(set(quick.ids)) > n)  # noqa: B023 - asked within its round
            ends = {"quick delivered": 12, "away gave_up": 7}
            eventually(lambda: Counter(f"{key.split('/')[1]} {end}" for key, end in statuses(fresh_topics).items()) == ends)
        assert "ep_11-1/away" not in statuses(fresh_topics)


def test_who_takes_partitions_over_does_not_tell_again_what_is_being_told(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    def slowly(_got: Received) -> tuple[int, dict[str, str]]:
        time.sleep(4)  # less than is waited for, more than a rebalance takes to be noticed
        return 204, {}

    for name in "ab":
        (tmp_path / name).mkdir()
    with Receiver([slowly]) as receiver:
        with RunningNotifier(fresh_topics, tmp_path / "a", [hook(receiver)]) as first:
            eventually(lambda: first.status().get("partitions") == 4, 20)
            for partition in range(4):
                say(fresh_topics, opened(f"ep_{partition}"), partition=partition)
            eventually(lambda: receiver.ids, 20)
            with RunningNotifier(fresh_topics, tmp_path / "b", [hook(receiver)]) as second:
                eventually(lambda: second.status().get("partitions") == 2, 20)
                eventually(lambda: len(statuses(fresh_topics)) == 4, 20)
        assert sorted(receiver.ids) == ["ep_0-1", "ep_1-1", "ep_2-1", "ep_3-1"]


def test_a_receiver_that_hangs_does_not_keep_the_process(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    over = threading.Event()

    def hang(_got: Received) -> tuple[int, dict[str, str]]:
        over.wait(30)
        return 204, {}

    say(fresh_topics, opened("ep_1"))
    with Receiver([hang]) as receiver, notifier_process(fresh_topics, receiver.url, tmp_path) as process:
        eventually(lambda: receiver.ids, 20)
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(loop.FINISH_S + 3) == 0
        finally:
            over.set()
