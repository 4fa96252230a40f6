"""Whether a worker is stuck. Pure: what was seen, and when, is handed in.

Not judged by the committed hint, which may stand still without harm, nor while the broker does not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streams.settings import Deadlines


class Stuck(Enum):
    NOT_FETCHING = "the broker has more, and nothing was fetched"
    NOT_FOLDING = "batches wait, or results are uncommitted, and the position does not move"
    NOT_LOADING = "the load reads nothing"
    NOT_TURNING = "the event loop does not turn"
    REBALANCING = "the rebalance does not end"
    FENCED = "another owns the partition, and the group still says it is ours"


@dataclass(frozen=True, slots=True)
class Seen:
    """One partition at one instant."""

    partition: int
    state: str
    position: int
    """The committed one."""
    fetched_to: int
    log_end: int | None
    """By the broker itself; None if it did not answer."""
    read: int
    has_work: bool


@dataclass(frozen=True, slots=True)
class Since:
    """What was seen last, and since when each thing has not moved, in seconds of a monotonic clock."""

    seen: Seen
    fetched_s: float
    moved_s: float
    read_s: float
    fenced_s: float


def follow(before: Since | None, seen: Seen, now_s: float) -> Since:
    """Restarts the time of everything that moved, and of everything that has nothing to do."""
    if before is None:
        return Since(seen, now_s, now_s, now_s, now_s)
    last = before.seen
    taking = seen.state in ("queued", "loading")
    caught_up = seen.log_end is None or seen.log_end <= max(seen.fetched_to, seen.position + 1)
    return Since(
        seen,
        now_s if caught_up or seen.fetched_to != last.fetched_to or taking else before.fetched_s,
        now_s if not seen.has_work or seen.position != last.position or taking else before.moved_s,
        now_s if seen.state != "loading" or seen.read != last.read or last.state != "loading" else before.read_s,
        now_s if seen.state != "fenced" else before.fenced_s,
    )


def judge(since: Since, now_s: float, deadlines: Deadlines, session_timeout_s: float) -> Stuck | None:
    """The first thing that has stood still for too long."""
    if now_s - since.fenced_s > session_timeout_s:
        return Stuck.FENCED
    if now_s - since.read_s > deadlines.load_s:
        return Stuck.NOT_LOADING
    if now_s - since.moved_s > deadlines.stuck_position_s:
        return Stuck.NOT_FOLDING
    if now_s - since.fetched_s > deadlines.stuck_fetch_s and not since.seen.has_work:
        return Stuck.NOT_FETCHING
    return None
