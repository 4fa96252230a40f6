"""One rule on one label: sums over the window and the baseline, kept up minute by minute. Rules: docs/alerts.md.

Law: the sums are those of the minutes they cover, whatever order facts came in.
"""

from __future__ import annotations

from enum import Enum, auto
from fractions import Fraction

from msgspec import Struct

from events.wire import Rule
from streams.windows import LIVE_MINUTES


class Verdict(Enum):
    NOTHING = auto()
    FIRES = auto()
    RECOVERED = auto()
    NO_DATA = auto()


class Episode(Struct, array_like=True):
    """An incident from firing to resolving; minutes are epoch minutes, and those that decided have closed."""

    onset: int
    opened: int
    base_n: int
    base_sum: int
    calm: int = 0
    """Closed minutes in a row below the resolving ratio."""
    silent: int = 0
    """Closed minutes in a row without a fact in the window."""
    seq: int = 1


class Standing(Struct, array_like=True):
    """What a detector must remember beyond the windows."""

    rule_id: str
    rule_version: int
    label: str
    hits: list[int]
    held_out: list[tuple[int, int]]
    """Minutes [from, to) of past episodes, which no baseline takes in."""
    episode: Episode | None = None


class Detector:
    """Keeps its own minutes of the last 24 h: count and sum of the facts under its label."""

    def __init__(self, rule: Rule, label: str, floor_ms: int, standing: Standing | None = None) -> None:
        self.rule = rule
        self.label = label
        self.minutes: dict[int, tuple[int, int]] = {}
        self._floor_ms = floor_ms if rule.floor_ms is None else rule.floor_ms
        self._ratio = Fraction(rule.ratio)
        self._resolve_ratio = Fraction(rule.resolve_ratio)
        self._onset_ratio = Fraction(rule.onset_ratio)
        self.standing = standing or Standing(rule.id, rule.version, label, [], [])
        self.n = self.sum = 0
        self._base_n = self._base_sum = 0

    @property
    def episode(self) -> Episode | None:
        return self.standing.episode

    @property
    def base(self) -> tuple[int, int]:
        """Count and sum of the baseline; of an open episode, as they stood when it fired."""
        episode = self.standing.episode
        if episode is not None:
            return episode.base_n, episode.base_sum
        if self.rule.baseline_ms is not None:
            return 1, self.rule.baseline_ms
        return self._base_n, self._base_sum

    def count(self, minute: int, closed: int, n: int, s: int) -> None:
        """A minute changed by `n` facts and `s` ms; if it has closed, the sums change with it."""
        before = self.minutes.get(minute)
        self.minutes[minute] = (n, s) if before is None else (before[0] + n, before[1] + s)
        if minute > closed:
            return
        if minute > closed - self.rule.window_minutes:
            self.n += n
            self.sum += s
        elif minute > closed - LIVE_MINUTES and not self.is_held_out(minute):
            self._base_n += n
            self._base_sum += s

    def roll(self, minute: int) -> None:
        """`minute` closes: it enters the window, one leaves for the baseline, one leaves the baseline."""
        minutes = self.minutes
        entering = minutes.get(minute)
        if entering is not None:
            self.n += entering[0]
            self.sum += entering[1]
        passing = minute - self.rule.window_minutes
        passed = minutes.get(passing)
        if passed is not None:
            self.n -= passed[0]
            self.sum -= passed[1]
            if not self.is_held_out(passing):
                self._base_n += passed[0]
                self._base_sum += passed[1]
        left = minutes.pop(minute - LIVE_MINUTES, None)
        if left is not None and not self.is_held_out(minute - LIVE_MINUTES):
            self._base_n -= left[0]
            self._base_sum -= left[1]

    def clear(self) -> None:
        """More than a day has closed at once."""
        self.minutes = {}
        self.n = self.sum = self._base_n = self._base_sum = 0

    def is_held_out(self, minute: int) -> bool:
        episode = self.standing.episode
        if episode is not None and minute >= episode.onset:
            return True
        return any(start <= minute < end for start, end in self.standing.held_out)

    def judge(self, minute: int) -> Verdict:
        """What the close of `minute` decides, after `roll`."""
        if self.standing.episode is not None:
            return self._judge_open(self.standing.episode)
        if not self.n:
            return Verdict.NOTHING
        rule, standing = self.rule, self.standing
        base_n, base_sum = self.base
        if not self._is_hit(base_n, base_sum):
            return Verdict.NOTHING
        standing.hits = [hit for hit in standing.hits if hit > minute - rule.of_minutes]
        standing.hits.append(minute)
        if len(standing.hits) < rule.hits:
            return Verdict.NOTHING
        standing.hits = []
        standing.episode = Episode(self._onset(minute, base_n, base_sum), minute, base_n, base_sum)
        return Verdict.FIRES

    def _is_hit(self, base_n: int, base_sum: int) -> bool:
        rule, n, s = self.rule, self.n, self.sum
        if n < rule.n_min or base_n < 1 or (rule.baseline_ms is None and base_n < rule.n_base):
            return False
        ratio = self._ratio
        far = s * base_n * ratio.denominator >= ratio.numerator * base_sum * n
        return far and s * base_n - base_sum * n >= self._floor_ms * n * base_n

    def _onset(self, minute: int, base_n: int, base_sum: int) -> int:
        ratio = self._onset_ratio
        first = minute - self.rule.window_minutes + 1
        for m in range(first, minute + 1):
            cell = self.minutes.get(m)
            if cell is not None and cell[1] * base_n * ratio.denominator > ratio.numerator * base_sum * cell[0]:
                return m
        return first

    def _judge_open(self, episode: Episode) -> Verdict:
        if not self.n:
            episode.silent += 1
            return Verdict.NO_DATA if episode.silent >= LIVE_MINUTES else Verdict.NOTHING
        episode.silent = 0
        ratio = self._resolve_ratio
        # A baseline of nothing but 0 has nothing below it.
        calm = not self.sum or self.sum * episode.base_n * ratio.denominator < ratio.numerator * episode.base_sum * self.n
        episode.calm = episode.calm + 1 if calm else 0
        return Verdict.RECOVERED if episode.calm >= self.rule.resolve_minutes else Verdict.NOTHING

    def close_episode(self, minute: int) -> None:
        """After a resolution decided at the close of `minute`: its minutes stay out of later baselines."""
        episode = self.standing.episode
        if episode is not None:
            past = [(a, b) for a, b in self.standing.held_out if b > minute - LIVE_MINUTES]
            self.standing.held_out = [*past, (episode.onset, minute + 1)]
            self.standing.episode = None
