"""Delivery records on a real Kafka: known after a restart, and not for ever."""

from __future__ import annotations

import pytest

from sinks.notifiers.decide import Status
from sinks.notifiers.deliveries import KEPT_MS, Deliveries, Delivery
from sinks.settings import KafkaSettings
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka

AT = 1_741_082_880_000


def delivery(episode: str, seq: int, at_ms: int, *, ends: bool = False) -> tuple[int, Delivery]:
    return 1, Delivery(episode, seq, "hook", 1, Status.DELIVERED, "", at_ms, ends=ends)


def test_an_episode_is_forgotten_a_month_after_its_end_and_one_that_goes_on_is_not(fresh_topics: FreshTopics) -> None:
    kafka = KafkaSettings({"bootstrap.servers": fresh_topics.bootstrap}, fresh_topics.prefix)

    def loaded() -> Deliveries:
        found = Deliveries(kafka)
        found.load(1)
        return found

    def known(deliveries: Deliveries) -> list[int]:
        return [len(deliveries.settled(1, episode, "hook")) for episode in ("ep-over", "ep_open", "ep_new")]

    first = loaded()
    first.write([delivery("ep-over", 1, AT), delivery("ep_open", 1, AT), delivery("ep-over", 2, AT, ends=True)])
    first.write([delivery("ep_new", 1, AT + KEPT_MS)])
    assert known(first) == known(loaded()) == [2, 1, 1]
    second = loaded()
    second.write([delivery("ep_new", 2, AT + KEPT_MS + 1, ends=True)])
    assert known(second) == known(loaded()) == [0, 1, 2]
