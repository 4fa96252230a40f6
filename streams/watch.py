"""The detectors of one account: which exist, what a closed minute decides, in a fixed order (rules as configured, then labels)."""

from __future__ import annotations

from events.metrics import NUMBER
from events.wire import Rule
from streams.book import Book
from streams.drift.alert import Telling
from streams.drift.detector import Detector, Standing, Verdict
from streams.results import Result
from streams.windows import MINUTE_MS, Windows

_FLOORS_MS = {"realtime": 120_000, "social": 1_800_000, "email": 3_600_000}
_REASONS = {Verdict.RECOVERED: "recovered", Verdict.NO_DATA: "no_data"}


class Watch:
    def __init__(self, account: str, book: Book, windows: Windows) -> None:
        self._account = account
        self._windows = windows
        self._book = book
        self._detectors: list[Detector] = []
        self._by_series: dict[int, list[Detector]] = {}
        self._seen = 0
        self.until = -1
        """The last minute whose close some window still waits for."""

    def configure(self, book: Book, closed: int, standings: list[Standing]) -> None:
        """Detectors of the rules now in force, each with what is remembered of it."""
        self._book = book
        self._detectors = []
        self._by_series = {}
        self._seen = 0
        known = {(s.rule_id, s.rule_version, s.label): s for s in standings}
        self.discover(closed, known)

    def discover(self, closed: int, known: dict[tuple[str, int, str], Standing] | None = None) -> None:
        """Give each series that has appeared since the last call its detectors."""
        fresh = self._windows.series[self._seen :]
        for number, (metric, scope, label) in enumerate(fresh, start=self._seen):
            for rule in self._book.latest.rules:
                if NUMBER.get(rule.metric) != metric or rule.scope != scope:
                    continue
                standing = (known or {}).get((rule.id, rule.version, label))
                detector = Detector(rule, number, label, self._floor_ms(rule, label), standing)
                detector.rebuild(closed, self._windows.minutes)
                self._detectors.append(detector)
                self._by_series.setdefault(number, []).append(detector)
        self._seen = len(self._windows.series)
        order = {rule.id: index for index, rule in enumerate(self._book.latest.rules)}
        self._detectors.sort(key=lambda d: (order[d.rule.id], d.label))

    def _floor_ms(self, rule: Rule, label: str) -> int:
        kind = self._book.latest_class(label) if rule.scope == "channel" else "email"
        return _FLOORS_MS[kind]

    @property
    def is_new(self) -> bool:
        return self._seen < len(self._windows.series)

    def standings(self) -> list[Standing]:
        """What must be remembered; a detector with nothing to remember is left out."""
        return [d.standing for d in self._detectors if d.standing.hits or d.standing.held_out or d.standing.episode is not None]

    def counted(self, numbers: tuple[int, ...], minute: int, closed: int, sign: int, value: int) -> None:
        """A fact was counted in `minute` of these series."""
        for number in numbers:
            for d in self._by_series.get(number, ()):
                if minute <= closed:
                    d.revise(minute, closed, sign, sign * value)
                self.until = max(self.until, minute + d.rule.window_minutes - 1)

    def is_waiting_for(self, minute: int) -> bool:
        return minute <= self.until or any(d.episode is not None for d in self._detectors)

    def roll(self, minute: int) -> None:
        """A minute closes in which nothing can be decided."""
        for d in self._detectors:
            d.roll(minute, self._windows.minutes)

    def restart(self, closed: int) -> None:
        """Many minutes closed at once: take the sums anew."""
        for d in self._detectors:
            d.rebuild(closed, self._windows.minutes)

    def close(self, minute: int, version: int, said: list[Result]) -> None:
        telling = Telling(self._account, self._book)
        for d in self._detectors:
            d.roll(minute, self._windows.minutes)
            verdict = d.judge(minute, self._windows.minutes)
            episode = d.episode
            if episode is None or verdict is Verdict.NOTHING:
                continue
            if verdict is Verdict.FIRES:
                said.append(telling.opened(d, episode, self._windows.minutes, version))
            else:
                episode.seq += 1
                said.append(telling.resolved(d, episode, (minute + 1) * MINUTE_MS, _REASONS[verdict], version))
                d.close_episode(minute)

    def drop_changed(self, rules: tuple[Rule, ...], at_ms: int, closed: int, version: int, said: list[Result]) -> list[Standing]:
        """Resolve the episodes of rules that are no longer as they were; what is remembered of the others."""
        telling = Telling(self._account, self._book)
        kept: list[Standing] = []
        for d in self._detectors:
            if d.rule in rules:
                kept.append(d.standing)
                continue
            episode = d.episode
            if episode is not None:
                episode.seq += 1
                said.append(telling.resolved(d, episode, at_ms, "rule_changed", version))
                d.close_episode(closed)
        return kept
