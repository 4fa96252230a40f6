"""A ticket is told anew under settings that changed since, by any event of it: one that is known already, too.

Law: where a flush or a restart falls is not seen in it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.log_strategies import NUMBER, PARTITIONS
from tests.oracle.log import recompute
from tests.property.test_fold_laws import differences, run
from tests.timeline import Timeline


def a_silence_that_begins_to_count(t: Timeline) -> None:
    t.at("09:00").configured(effective_ms=0)
    t.at("10:00").opened(id="x")
    t.at("10:01").configured(effective_ms=0, abandonment=[{"silence_ms": 600_000}])
    t.at("10:00").received("10:01:30").opened(id="x")
    t.at("12:00").tick()


def a_silence_that_becomes_shorter(t: Timeline) -> None:
    t.at("09:00").configured(effective_ms=0, abandonment=[{"silence_ms": 600_000}])
    t.at("10:00").opened(id="x")
    t.at("10:01").configured(effective_ms=0, abandonment=[{"silence_ms": 180_000}])
    t.at("10:00").received("10:01:30").opened(id="x")
    t.at("10:08").tick()
    t.at("12:00").tick()


def a_channel_that_becomes_realtime(t: Timeline) -> None:
    t.at("10:00").opened(channel="email")
    t.at("10:00:30").agent(agent="ann")
    t.at("10:02").agent(agent="ann", id="x")
    t.at("10:03").configured(effective_ms=0, channel_classes={"email": "realtime"})
    t.at("10:02").received("10:04").agent(agent="ann", id="x")


@pytest.mark.parametrize(
    "told", [a_silence_that_begins_to_count, a_silence_that_becomes_shorter, a_channel_that_becomes_realtime]
)
def test_a_repetition_tells_the_ticket_anew(told: Callable[[Timeline], None]) -> None:
    t = Timeline("2025-03-04")
    told(t)
    records = t.records()
    expected = recompute(records, NUMBER, PARTITIONS)
    for cut in range(len(records)):
        assert differences(expected, run(records, [cut])[0].known()) == []
        assert differences(expected, run(records, [cut], resume=True)[0].known()) == []
