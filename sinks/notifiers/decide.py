"""Should this go out, and why? Pure.

An alert's time is event time and `now_ms` is of the clock that events live by, so a replay of last year tells nobody anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from sinks.alert import Alert

EXPIRES_MS = 3_600_000
"""Of an opening, at any attempt. An end is told however late to whoever heard that it began."""
SUPERSEDED_MS = 600_000
_LAST_TRY_MS = 60_000


class Status(Enum):
    """How a transition ended at a destination; what the delivery record says."""

    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NEVER_TOLD = "never_told"
    GAVE_UP = "gave_up"
    TOO_LARGE = "too_large"
    GONE = "gone"
    """The receiver said that it does not want any more (410)."""


class Decision(Enum):
    FIRST = "nobody was told yet"
    RESOLVE = "they were told that it began, so they are told that it ended"
    HISTORICAL = "it belongs to a backfill: nobody has to act on it"
    ALREADY_DELIVERED = "they were told before the restart"
    ALREADY_SETTLED = "it was decided before the restart that they need not be told"
    DISABLED = "the receiver said that it does not want any more"
    SUPERSEDED = "it began and ended before it could be told: old news"
    EXPIRED = "it is over an hour old: whoever acts on it now acts on the past"
    NEVER_TOLD = "they never heard that it began, so its end would puzzle them"
    CROWDED_OUT = "more wait for this receiver than are kept, and it is the oldest"

    @property
    def is_sent(self) -> bool:
        return self in {Decision.FIRST, Decision.RESOLVE}

    @property
    def is_loss(self) -> bool:
        """Somebody would have wanted to hear of it."""
        return self in {Decision.EXPIRED, Decision.CROWDED_OUT}

    @property
    def status(self) -> Status | None:
        """What to record of a transition that is not sent; None: nothing."""
        return _RECORDED.get(self)


_RECORDED = {
    Decision.SUPERSEDED: Status.SUPERSEDED,
    Decision.EXPIRED: Status.EXPIRED,
    Decision.NEVER_TOLD: Status.NEVER_TOLD,
    Decision.DISABLED: Status.GONE,
    Decision.CROWDED_OUT: Status.GAVE_UP,
}


def decide(
    alert: Alert,
    settled: Mapping[int, Status],
    resolved_at_ms: int | None,
    now_ms: int,
    *,
    is_disabled: bool = False,
) -> Decision:
    """`settled` is what is known of this episode at this destination, by seq; `resolved_at_ms` when the episode ended, if that was read.

    Asked before every attempt, of what stands in the log and the records alone: a restart changes no answer.
    """
    before = settled.get(alert.data.seq)
    if before is Status.DELIVERED:
        return Decision.ALREADY_DELIVERED
    if before is not None:
        return Decision.ALREADY_SETTLED
    if alert.data.historical:
        return Decision.HISTORICAL
    if is_disabled:
        return Decision.DISABLED
    if alert.is_resolve:
        told = any(seq < alert.data.seq and status is Status.DELIVERED for seq, status in settled.items())
        return Decision.RESOLVE if told else Decision.NEVER_TOLD
    if resolved_at_ms is not None and now_ms - resolved_at_ms >= SUPERSEDED_MS:
        return Decision.SUPERSEDED
    if now_ms - alert.at_ms > EXPIRES_MS:
        return Decision.EXPIRED
    return Decision.FIRST


def again_in_ms(alert: Alert, delay_ms: int, asked_ms: int, now_ms: int) -> int:
    """An opening that would expire while it waits is tried once more in its last minute, and settled when it has expired."""
    if alert.is_resolve:
        return delay_ms
    left_ms = alert.at_ms + EXPIRES_MS - now_ms
    last_ms = left_ms - _LAST_TRY_MS if left_ms > _LAST_TRY_MS else max(0, left_ms + 1)
    return max(asked_ms, min(delay_ms, last_ms))
