"""What came of a send: told, never to be told, or again after a wait. Says so in the log and in the destination's counts."""

from __future__ import annotations

import random

from sinks.logs import Log
from sinks.notifiers.decide import Status, again_in_ms
from sinks.notifiers.destination import Delivered, Failed, Gone, Outcome, TooLarge
from sinks.notifiers.outbox import Waiting
from sinks.progress import DestinationProgress
from sinks.retry import Schedule
from sinks.settings import wall_ms

log = Log(__name__)


def judge(waiting: Waiting, outcome: Outcome, schedule: Schedule, at: DestinationProgress, now_ms: int) -> Status | int:
    """How it ended, or the wait in milliseconds. `now_ms` is of the clock that events live by."""
    match outcome:
        case Delivered():
            at.delivered, at.last_delivered_ms, at.last_error = at.delivered + 1, wall_ms(), ""
            return Status.DELIVERED
        case Failed(why, asked_ms):
            at.failed, at.last_error = at.failed + 1, why
            delay_ms = schedule.delay_ms(waiting.attempts, asked_ms, random.random())
            again_ms = None if delay_ms is None else again_in_ms(waiting.alert, delay_ms, asked_ms, now_ms)
            log.warning(
                "not delivered", id=waiting.alert.send_id, destination=waiting.destination, reason=why, again_in_ms=again_ms
            )
            return Status.GAVE_UP if again_ms is None else again_ms
        case TooLarge():
            at.last_error = f"{waiting.alert.send_id} is too large"
            return Status.TOO_LARGE
        case Gone():
            at.last_error = "the receiver wants no more (410)"
            log.error("disabled", destination=waiting.destination, reason="it answered 410; set another URL to enable it")
            return Status.GONE
