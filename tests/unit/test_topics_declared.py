from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.loader import Topic, topic, topics


def test_the_eight_topics_are_declared() -> None:
    assert [declared.name for declared in topics()] == [
        "ticket-events",
        "tickets",
        "facts",
        "metric-windows",
        "alerts",
        "alert-deliveries",
        "fold-state",
        "dead-letters",
    ]


def test_every_topic_follows_the_partitions_of_the_events() -> None:
    # A result goes to the partition number of its source, so one topic with fewer could not take it.
    assert all(declared.partition_count(12) == 12 for declared in topics())


def test_the_events_are_kept_for_ever_and_keep_the_instant_of_receipt() -> None:
    settings = topic("ticket-events").settings
    assert settings["cleanup.policy"] == "delete", "compaction would lose history"
    assert settings["retention.ms"] == "-1"
    assert settings["message.timestamp.type"] == "CreateTime"
    assert settings["message.timestamp.after.max.ms"] == "3600000"


def test_what_a_worker_loads_is_compacted_soon() -> None:
    for name in ("tickets", "metric-windows", "fold-state", "alert-deliveries"):
        assert topic(name).settings == {
            "cleanup.policy": "compact",
            "segment.bytes": str(64 << 20),
            "max.compaction.lag.ms": str(60 * 60 * 1000),
            "min.cleanable.dirty.ratio": "0.1",
            "compression.type": "zstd",
            "max.message.bytes": str(16 << 20),
        }


def test_a_ticket_that_can_be_written_can_be_told() -> None:
    assert topic("facts").settings["max.message.bytes"] == topic("tickets").settings["max.message.bytes"]


def test_what_is_only_passed_on_is_deleted_after_its_days() -> None:
    days = {
        declared.name: int(declared.settings["retention.ms"]) / 86_400_000 for declared in topics() if declared.name in _PASSED_ON
    }
    assert days == {"facts": 14, "alerts": 30, "dead-letters": 30}


_PASSED_ON = {"facts", "alerts", "dead-letters"}


def test_an_unknown_topic_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="ticket-events, tickets"):
        topic("tickets-events")


def test_a_topic_without_a_cleanup_policy_is_refused() -> None:
    body = topic("facts").model_dump(by_alias=True) | {"settings": {}}
    with pytest.raises(ValidationError, match="cleanup"):
        Topic.model_validate(body)
