"""The plain variance rule on the worked example of docs/alerts.md, minute by minute."""

from __future__ import annotations

import json

from events.wire import Rule
from streams.book import Book
from streams.drift.alert import Telling, alert_key, episode_id
from streams.drift.detector import Detector, Verdict

_RULE = Rule(id="frt-drift", window_minutes=5, resolve_minutes=3)
_COUNTS = [3, 3, 3, 3, 3, 3, 2, 3, 4, 4, 3, 4, 3, 4, 3, 3, 3, 3, 3]
_SECONDS = [540, 540, 525, 555, 540, 540, 780, 1620, 2400, 2520, 2010, 1920, 540, 700, 560, 520, 540, 530, 540]
_DAY = 20_000
_MIDNIGHT = _DAY * 1440


def _detector_before_minute(first: int) -> Detector:
    d = Detector(_RULE, "chat", floor_ms=120_000)
    d.count(first - 60, first - 30, 100, 18_600_000)
    return d


def test_the_worked_example_fires_at_its_third_hit_and_resolves_after_three_calm_minutes() -> None:
    first = _MIDNIGHT - 5
    d = _detector_before_minute(first)
    verdicts: dict[int, Verdict] = {}
    sums: dict[int, tuple[int, int]] = {}
    text = ""
    for index, (n, seconds) in enumerate(zip(_COUNTS, _SECONDS, strict=True)):
        minute = first + index
        d.count(minute, minute - 1, n, seconds * 1000)
        d.roll(minute)
        verdict = d.judge(minute)
        at = minute - _MIDNIGHT
        sums[at] = (d.n, d.sum // 1000)
        if verdict is Verdict.FIRES and d.episode is not None:
            assert d.base == (118, 21_840_000)
            assert d.episode.onset == _MIDNIGHT + 1
            body = json.loads(Telling("acme", Book()).opened(d, d.episode, 1).value or b"")
            text = body["data"]["summary"]
            assert body["data"]["evidence"] == {"ratio": 3.151, "delta_s": 398.0, "n": 16, "n_base": 118}
        if verdict is not Verdict.NOTHING:
            verdicts[at] = verdict
    assert sums[2] == (14, 4035)
    assert sums[8] == (18, 7690)
    assert verdicts == {5: Verdict.FIRES, 13: Verdict.RECOVERED}
    assert text == "FRT on chat 3.1 -> 9.7 min since 00:01 (n=16)"


def test_identities_are_those_every_receiver_computes() -> None:
    key = alert_key("acme", "frt-drift", 3, {"channel": "chat"})
    assert key == "ak_02fabdceb76b797ef2dcf874"
    opened_ms = 1_741_082_880_000  # 2025-03-04T10:08Z
    assert episode_id(key, opened_ms // 60_000) == "ep_73d16010aa9f9ec812290a41"
