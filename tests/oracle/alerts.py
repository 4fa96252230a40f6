"""The plain variance rule on each label, minute by minute, its sums taken anew each time. docs/alerts.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Any

from tests.oracle.minutes import LIVE, MINUTE_MS, Cell, Windows
from tests.oracle.settings import Book, Rule

_FLOOR_MS = {"realtime": 120_000, "social": 1_800_000, "email": 3_600_000}
_SAID = {
    "frt_human": "FRT",
    "frt_any": "First touch",
    "reply_time": "Reply time",
    "first_resolution_time": "First resolution",
    "full_resolution_time": "Full resolution",
    "cycle_resolution_time": "Cycle resolution",
}
_FEWEST_BLOCKS = 5


@dataclass
class Episode:
    onset: int
    """A minute, as is the next."""
    decided: int
    base_n: int
    base_sum: int
    calm: int = 0
    empty: int = 0


@dataclass
class Detector:
    rule: Rule
    label: str
    hits: set[int] = field(default_factory=set)
    episode: Episode | None = None
    held_out: list[tuple[int, int]] = field(default_factory=list)
    """Minutes of past episodes, both ends included."""


class Alerts:
    """Of one account. What is told is kept in `told`, by episode and number of the transition."""

    def __init__(self, account: str, book: Book, windows: Windows) -> None:
        self._account = account
        self._book = book
        self._windows = windows
        self._detectors: dict[tuple[Rule, str], Detector] = {}
        self.told: dict[tuple[str, int], dict[str, Any]] = {}

    @property
    def is_quiet(self) -> bool:
        return all(d.episode is None for d in self._detectors.values())

    def configured(self, when_ms: int) -> None:
        """Settings were read: a rule that is no longer as it was resolves its episodes and is forgotten."""
        rules = self._book.last_read.rules
        for key in [key for key in self._detectors if key[0] not in rules]:
            gone = self._detectors.pop(key)
            if gone.episode is not None:
                self._tell_resolved(gone, gone.episode, when_ms, "rule_changed")

    def close(self, minute: int) -> None:
        for rule in self._book.last_read.rules:
            for metric, scope, label in list(self._windows.cells):
                if metric == rule.metric and scope == rule.scope:
                    detector = self._detectors.setdefault((rule, label), Detector(rule, label))
                    self._judge(detector, self._windows.cells[metric, scope, label], minute)

    def _judge(self, d: Detector, cells: Mapping[int, Cell], t: int) -> None:
        rule = d.rule
        n, s = sums(cells, range(t - rule.window_minutes + 1, t + 1))
        if d.episode is not None:
            self._judge_open(d, d.episode, n, s, t)
            return
        if n < rule.n_min:
            return
        if rule.baseline_ms is not None:
            nb, sb = 1, rule.baseline_ms
        else:
            nb, sb = sums(cells, self._baseline(d, t))
            if nb < rule.n_base:
                return
        if not (s * nb >= rule.ratio * sb * n and s * nb - sb * n >= self._floor_ms(d) * n * nb):
            return
        d.hits.add(t)
        if len([hit for hit in d.hits if hit > t - rule.of_minutes]) < rule.hits:
            return
        own = [
            m
            for m in range(t - rule.window_minutes + 1, t + 1)
            if m in cells and cells[m].sum * nb > rule.onset_ratio * sb * cells[m].count
        ]
        d.episode = Episode(own[0] if own else t - rule.window_minutes + 1, t, nb, sb)
        d.hits.clear()
        usual = [] if rule.baseline_ms is not None else self._usual(d, cells, t)
        self._tell_opened(d, d.episode, n, s, usual)

    def _judge_open(self, d: Detector, episode: Episode, n: int, s: int, t: int) -> None:
        if n:
            calm = s == 0 or s * episode.base_n < d.rule.resolve_ratio * episode.base_sum * n
            episode.calm = episode.calm + 1 if calm else 0
            episode.empty = 0
        else:
            episode.empty += 1
        reason = "recovered" if episode.calm >= d.rule.resolve_minutes else "no_data" if episode.empty >= LIVE else ""
        if reason:
            self._tell_resolved(d, episode, (t + 1) * MINUTE_MS, reason)
            d.held_out.append((episode.onset, t))
            d.episode = None

    def _baseline(self, d: Detector, t: int) -> list[int]:
        minutes = range(t - LIVE + 1, t - d.rule.window_minutes + 1)
        return [m for m in minutes if not any(first <= m <= last for first, last in d.held_out)]

    def _floor_ms(self, d: Detector) -> int:
        if d.rule.floor_ms is not None:
            return d.rule.floor_ms
        return _FLOOR_MS[self._book.last_read.class_of(d.label) if d.rule.scope == "channel" else "email"]

    def _usual(self, d: Detector, cells: Mapping[int, Cell], t: int) -> list[int]:
        """10th and 90th percentile, nearest rank, of the means of the baseline's blocks, or nothing."""
        minutes = set(self._baseline(d, t))
        blocks = []
        end = t - d.rule.window_minutes
        while end - d.rule.window_minutes + 1 >= t - LIVE + 1:
            n, s = sums(cells, [m for m in range(end - d.rule.window_minutes + 1, end + 1) if m in minutes])
            if n >= d.rule.n_min:
                blocks.append(s // n)
            end -= d.rule.window_minutes
        if len(blocks) < _FEWEST_BLOCKS:
            return []
        blocks.sort()
        return [blocks[-(-len(blocks) * percent // 100) - 1] for percent in (10, 90)]

    def _tell_opened(self, d: Detector, episode: Episode, n: int, s: int, usual: list[int]) -> None:
        hours = s >= 2 * 3_600_000 * n
        unit, name = (3_600_000, "h") if hours else (MINUTE_MS, "min")
        base, mean = Fraction(episode.base_sum, episode.base_n), Fraction(s, n)
        range_said = f", usual {tenths(usual[0], unit)}-{tenths(usual[1], unit)}" if usual else ""
        since = self._book.civil(episode.onset * MINUTE_MS).strftime("%H:%M")
        where = "" if d.rule.scope == "total" else f" on {d.label or 'no channel'}"
        text = f"{_SAID.get(d.rule.metric, d.rule.metric)}{where} {tenths(base, unit)} -> {tenths(mean, unit)} {name} since {since} (n={n}{range_said})"
        evidence = {
            "ratio": float(_decimal(mean / base, 3)) if base else None,
            "delta_s": float(_decimal((mean - base) / 1000, 1)),
            "n": n,
            "n_base": episode.base_n,
        }
        self._tell(d, episode, 1, {"type": "alert.opened", "state": "firing", "summary": text, "evidence": evidence})

    def _tell_resolved(self, d: Detector, episode: Episode, when_ms: int, reason: str) -> None:
        self._tell(
            d, episode, 2, {"type": "alert.resolved", "state": "resolved", "resolved_at": when_ms, "resolve_reason": reason}
        )

    def _tell(self, d: Detector, episode: Episode, seq: int, more: dict[str, Any]) -> None:
        labels = {} if d.rule.scope == "total" else {d.rule.scope: d.label}
        key = alert_key(self._account, d.rule.id, d.rule.version, labels)
        opened_ms = (episode.decided + 1) * MINUTE_MS
        self.told[episode_id(key, opened_ms), seq] = {
            "account": self._account,
            "alert_key": key,
            "rule": (d.rule.id, d.rule.version),
            "metric": d.rule.metric,
            "labels": labels,
            "severity": d.rule.severity,
            "onset_at": episode.onset * MINUTE_MS,
            "opened_at": opened_ms,
            "resolved_at": None,
            "resolve_reason": None,
            **more,
        }


def sums(cells: Mapping[int, Cell], minutes: range | list[int]) -> tuple[int, int]:
    if len(cells) < len(minutes):
        wanted = minutes if isinstance(minutes, range) else set(minutes)
        mine = [cell for minute, cell in cells.items() if minute in wanted]
    else:
        mine = [cells[minute] for minute in minutes if minute in cells]
    return sum(cell.count for cell in mine), sum(cell.sum for cell in mine)


def tenths(ms: int | Fraction, unit_ms: int) -> str:
    """In the unit, with one decimal, half up."""
    return _decimal(Fraction(ms) / unit_ms, 1)


def _decimal(value: Fraction, digits: int) -> str:
    scaled = floor(value * 10**digits + Fraction(1, 2))
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}}"


def alert_key(account: str, rule_id: str, version: int, labels: Mapping[str, str]) -> str:
    return "ak_" + _digest([account, rule_id, str(version), "up", *sorted(f"{name}={value}" for name, value in labels.items())])


def episode_id(key: str, opened_ms: int) -> str:
    opened = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=opened_ms)
    return "ep_" + _digest([key, opened.strftime("%Y-%m-%dT%H:%MZ")])


def _digest(parts: list[str]) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:24]
