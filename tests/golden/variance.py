"""The plain variance rule: T2, and the worked example of docs/alerts.md."""

from __future__ import annotations

from typing import Any

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Timeline


def _answered(t: Timeline, replies: list[tuple[int, int]]) -> None:
    """Chat tickets by the instant and the length (s) of their first reply, told in the order things happened."""
    told: list[tuple[int, int, str]] = []
    for number, (at_ms, seconds) in enumerate(replies):
        told.append((at_ms - seconds * 1000, 0, f"t{number}"))
        told.append((at_ms, 1, f"t{number}"))
    for at_ms, is_reply, ticket in sorted(told):
        if is_reply:
            t.at_ms(at_ms).agent(ticket)
        else:
            t.at_ms(at_ms).opened(ticket, "chat")


def _t2(incident: int) -> Timeline:
    """Every two minutes from 06:00 to 08:58 a reply after 180 s; then, from 10:00, one a minute after 600 s."""
    t = Timeline("2026-03-02")
    quiet = [(t.ms("06:00:30") + 120_000 * k, 180) for k in range(90)]
    slow = [(t.ms("10:00:30") + 60_000 * k, 600) for k in range(incident)]
    _answered(t, quiet + slow)
    t.at("10:13:05").tick()
    return t


def t2() -> Scenario:
    """10:09 is the first minute with ten replies in its window, 10:11 the third of five with a hit."""
    t = _t2(12)
    opened: dict[str, Any] = {
        "type": "alert.opened",
        "seq": 1,
        "labels": {"channel": "chat"},
        "onset_at": t.ms("10:00"),
        "opened_at": t.ms("10:12"),
        "evidence": {"ratio": 3.333, "delta_s": 420.0, "n": 12, "n_base": 90},
        # Five blocks of half an hour hold ten replies or more: those ending 08:41, 08:11, 07:41, 07:11 and 06:41.
        "summary": "FRT on chat 3.0 -> 10.0 min since 10:00 (n=12, usual 3.0-3.0)",
    }
    return Scenario("T2", t, (Stage(len(t.said), alerts=[opened]),))


def t2_few() -> Scenario:
    """Nine replies are too few to say anything."""
    t = _t2(9)
    return Scenario("T2 with too few replies", t, (Stage(len(t.said), alerts=[]),))


COUNTS = [3, 3, 3, 3, 3, 3, 2, 3, 4, 4, 3, 4, 3, 4, 3, 3, 3, 3, 3]
SUMS = [540, 540, 525, 555, 540, 540, 780, 1620, 2400, 2520, 2010, 1920, 540, 700, 560, 520, 540, 530, 540]
FIRST = -5
"""The minute of the first of them."""


def example() -> Scenario:
    """Minutes -5 to 13 around midnight; before them 100 replies of 186 s, all in minute -30, so that *usual* has no blocks."""
    t = Timeline("2026-03-03")
    t.at("00:00").received("00:00").configured(
        effective_ms=0, rules=[{"id": "frt-drift", "version": 3, "window_minutes": 5, "resolve_minutes": 3}]
    )
    midnight = t.ms("00:00")
    replies = [(midnight - 30 * 60_000 + 100 * k, 186) for k in range(100)]
    for minute, (count, total) in enumerate(zip(COUNTS, SUMS, strict=True), start=FIRST):
        share, rest = divmod(total, count)
        for k in range(count):
            replies.append((midnight + minute * 60_000 + 10_000 + 1_000 * k, share + (rest if k == 0 else 0)))
    _answered(t, replies)
    t.at("00:14:05").tick()
    opened: dict[str, Any] = {
        "type": "alert.opened",
        "state": "firing",
        "seq": 1,
        "rule": ("frt-drift", 3),
        "labels": {"channel": "chat"},
        "onset_at": t.ms("00:01"),
        "opened_at": t.ms("00:06"),
        "resolved_at": None,
        "evidence": {"ratio": 3.151, "delta_s": 398.0, "n": 16, "n_base": 118},
        "summary": "FRT on chat 3.1 -> 9.7 min since 00:01 (n=16)",
    }
    resolved = {
        "type": "alert.resolved",
        "state": "resolved",
        "seq": 2,
        "onset_at": t.ms("00:01"),
        "opened_at": t.ms("00:06"),
        "resolved_at": t.ms("00:14"),
        "resolve_reason": "recovered",
    }
    last_calm = len(t.said) - 1
    return Scenario("the worked example", t, (Stage(last_calm, alerts=[opened]), Stage(last_calm + 1, alerts=[opened, resolved])))


SCENARIOS = (t2(), t2_few(), example())
