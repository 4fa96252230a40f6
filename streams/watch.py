"""The detectors of one account: which exist, what a closed minute decides, in a fixed order (rules as configured, then labels)."""

from __future__ import annotations

from events.derived import Fact
from events.metrics import NUMBER
from events.wire import Rule
from streams.book import Book
from streams.drift.alert import Telling
from streams.drift.detector import Detector, Standing, Verdict
from streams.results import Result
from streams.windows import LIVE_MINUTES, MINUTE_MS, Windows

_FLOORS_MS = {"realtime": 120_000, "social": 1_800_000, "email": 3_600_000}
_REASONS = {Verdict.RECOVERED: "recovered", Verdict.NO_DATA: "no_data"}
_Key = tuple[str, str]
"""Rule and label."""


class Watch:
    def __init__(self, account: str, book: Book) -> None:
        self._account = account
        self.until = -1
        """The last minute whose close some window still waits for."""
        self.configure(book, -1, [], None)

    def configure(self, book: Book, closed: int, standings: list[Standing], windows: Windows | None) -> None:
        """Detectors of the rules now in force, each with what is remembered of it, their minutes taken from the windows."""
        self._book = book
        self._order = {rule.id: index for index, rule in enumerate(book.latest.rules)}
        self._rules: dict[int, list[Rule]] = {}
        for rule in book.latest.rules:
            if rule.metric in NUMBER:
                self._rules.setdefault(NUMBER[rule.metric], []).append(rule)
        self.metrics = frozenset(self._rules)
        """Those that some rule watches."""
        self._detectors: dict[_Key, Detector] = {}
        for standing in standings:
            for rule in book.latest.rules:
                if (rule.id, rule.version) == (standing.rule_id, standing.rule_version):
                    self._add(rule, standing.label, standing)
        self._ordered: list[Detector] = []
        if windows is None or not self._rules:
            return
        for minute, leaves in windows.leaves():
            for (channel, team), leaf in leaves.items():
                for metric, cell in leaf.items():
                    for rule in self._rules.get(metric, ()):
                        self._count(rule, channel, team, minute, closed, cell[0], cell[1])
                        self.until = max(self.until, minute + rule.window_minutes - 1)

    def _add(self, rule: Rule, label: str, standing: Standing | None = None) -> Detector:
        kind = self._book.latest_class(label) if rule.scope == "channel" else "email"
        detector = self._detectors[rule.id, label] = Detector(rule, label, _FLOORS_MS[kind], standing)
        self._ordered = []
        return detector

    def counted(self, sign: int, fact: Fact, minute: int, closed: int) -> None:
        """A fact was counted in `minute`, or taken from it."""
        for rule in self._rules.get(fact.metric, ()):
            self._count(rule, fact.channel, fact.team, minute, closed, sign, sign * fact.value)
            self.until = max(self.until, minute + rule.window_minutes - 1)

    def _count(self, rule: Rule, channel: str, team: str, minute: int, closed: int, n: int, s: int) -> None:
        scope = rule.scope
        label = team if scope == "team" else channel if scope == "channel" else ""
        if label or scope != "team":  # no team is no label, as in `events.windows.scopes`
            detector = self._detectors.get((rule.id, label)) or self._add(rule, label)
            detector.count(minute, closed, n, s)

    @property
    def _all(self) -> list[Detector]:
        if not self._ordered and self._detectors:
            self._ordered = sorted(self._detectors.values(), key=lambda d: (self._order[d.rule.id], d.label))
        return self._ordered

    def standings(self) -> list[Standing]:
        """What must be remembered; a detector with nothing to remember is left out."""
        return [d.standing for d in self._all if d.standing.hits or d.standing.held_out or d.standing.episode is not None]

    def is_waiting_for(self, minute: int) -> bool:
        return minute <= self.until or any(d.standing.episode is not None for d in self._all)

    def skip(self, closed: int, target: int) -> None:
        """Minutes close in which nothing can be decided."""
        for d in self._all:
            if target - closed > LIVE_MINUTES:
                d.clear()
                continue
            for minute in range(closed + 1, target + 1):
                d.roll(minute)

    def close(self, minute: int, version: int, said: list[Result]) -> None:
        for d in self._all:
            d.roll(minute)
            verdict = d.judge(minute)
            if verdict is Verdict.NOTHING:
                continue
            episode = d.episode
            if episode is None:
                continue
            telling = Telling(self._account, self._book)
            if verdict is Verdict.FIRES:
                said.append(telling.opened(d, episode, version))
            else:
                episode.seq += 1
                said.append(telling.resolved(d, episode, (minute + 1) * MINUTE_MS, _REASONS[verdict], version))
                d.close_episode(minute)

    def drop_changed(self, rules: tuple[Rule, ...], at_ms: int, closed: int, version: int, said: list[Result]) -> list[Standing]:
        """Resolve the episodes of rules that are no longer as they were; what is remembered of the others."""
        telling = Telling(self._account, self._book)
        kept: list[Standing] = []
        for d in self._all:
            if d.rule in rules:
                kept.append(d.standing)
                continue
            episode = d.episode
            if episode is not None:
                episode.seq += 1
                said.append(telling.resolved(d, episode, at_ms, "rule_changed", version))
                d.close_episode(closed)
        return kept
