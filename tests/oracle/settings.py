"""An account's settings, dated: which held at an instant, and what follows from them for one reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from events.metrics import METRICS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLASS_OF = {
    **dict.fromkeys(("chat", "sms", "phone", "messenger", "whatsapp"), "realtime"),
    **dict.fromkeys(("social", "facebook", "instagram", "twitter"), "social"),
}
_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
BOUNDS = {
    "realtime": (60 * _SECOND, 5 * _MINUTE, 10 * _MINUTE, 60 * _MINUTE),
    "social": (15 * _MINUTE, 4 * _HOUR, 24 * _HOUR, 48 * _HOUR),
    "email": (1 * _HOUR, 4 * _HOUR, 24 * _HOUR, 48 * _HOUR),
}


@dataclass(frozen=True)
class Rule:
    id: str
    version: int = 1
    metric: str = "frt_human"
    scope: str = "channel"
    window_minutes: int = 30
    ratio: Fraction = Fraction(2)
    resolve_ratio: Fraction = Fraction(13, 10)
    onset_ratio: Fraction = Fraction(3, 2)
    floor_ms: int | None = None
    n_min: int = 10
    n_base: int = 50
    hits: int = 3
    of_minutes: int = 5
    resolve_minutes: int = 10
    baseline_ms: int | None = None
    severity: str = "warning"


@dataclass(frozen=True)
class Target:
    metric: str
    target_ms: int
    channel: str = ""
    priority: str = ""


@dataclass(frozen=True)
class Abandonment:
    channel: str = ""
    silence_ms: int | None = None
    unanswered_end: bool = False


_NEVER = Abandonment()


@dataclass(frozen=True)
class Settings:
    zone: str = "UTC"
    grace_ms: int = 5000
    channel_classes: Mapping[str, str] = field(default_factory=dict)
    level_bounds_ms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    rules: tuple[Rule, ...] = (Rule("frt-drift"),)
    abandonment: tuple[Abandonment, ...] = ()

    def abandonment_of(self, channel: str) -> Abandonment:
        """The channel's own policy, else the one for any; of two alike the first."""
        mine = [policy for policy in self.abandonment if policy.channel == channel]
        general = [policy for policy in self.abandonment if not policy.channel]
        return (mine + general + [_NEVER])[0]

    def class_of(self, channel: str) -> str:
        return self.channel_classes.get(channel) or CLASS_OF.get(channel, "email")

    def level(self, channel: str, took_ms: int) -> int:
        kind = self.class_of(channel)
        a, b, c, d = self.level_bounds_ms.get(kind) or BOUNDS[kind]
        if took_ms < a:
            return 5
        if took_ms < b:
            return 4
        if took_ms <= c:
            return 3
        return 2 if took_ms <= d else 1

    def met(self, metric: str, channel: str, priority: str, took_ms: int) -> int:
        """The most specific target holds; of two alike the first."""
        mine = [t for t in self.targets if t.metric == metric]
        for asked in ((channel, priority), (channel, ""), ("", priority), ("", "")):
            for target in mine:
                if (target.channel, target.priority) == asked:
                    return 1 if took_ms <= target.target_ms else 0
        return -1


_DEFAULTS = Settings()


class Book:
    """All settings read so far of one account."""

    def __init__(self) -> None:
        self._dated: list[tuple[int, int, Settings]] = []
        self.edition = 0
        """How many were read."""
        self.last_read = Settings()
        """The grace and the rules are not a matter of dates: the record last read holds."""

    def add(self, starts_ms: int, settings: Settings) -> None:
        self._dated.append((starts_ms, len(self._dated), settings))
        self.edition += 1
        self.last_read = settings

    def at(self, instant_ms: int) -> Settings:
        begun = [dated for dated in self._dated if dated[0] <= instant_ms]
        return max(begun, key=lambda dated: dated[:2])[2] if begun else _DEFAULTS

    def civil(self, instant_ms: int) -> datetime:
        return (_EPOCH + timedelta(milliseconds=instant_ms)).astimezone(ZoneInfo(self.at(instant_ms).zone))

    def hour(self, instant_ms: int) -> int:
        """Days since 1970-01-01 times 24, plus the hour, by the civil calendar."""
        civil = self.civil(instant_ms)
        return (civil.toordinal() - _EPOCH.toordinal()) * 24 + civil.hour


def settings_from(told: Mapping[str, Any]) -> Settings:
    """Of the `data` of an `account.configured`."""
    given: dict[str, Any] = {name: told[name] for name in ("zone", "grace_ms", "channel_classes") if name in told}
    if "level_bounds_ms" in told:
        given["level_bounds_ms"] = {kind: tuple(bounds) for kind, bounds in told["level_bounds_ms"].items()}
    if "targets" in told:
        given["targets"] = tuple(Target(**target) for target in told["targets"])
    if "abandonment" in told:
        given["abandonment"] = tuple(Abandonment(**policy) for policy in told["abandonment"])
    if "rules" in told:
        given["rules"] = tuple(_rule(rule) for rule in told["rules"])
    return Settings(**given)


def is_workable(settings: Settings) -> bool:
    """Of a known zone, and with rules that differ in their ids and watch a duration that has windows."""
    watchable = {metric.name for metric in METRICS if metric.windowed and metric.unit == "ms" and metric.name != "oldest_wait"}
    ids = {rule.id for rule in settings.rules}
    return (
        _is_zone(settings.zone) and len(ids) == len(settings.rules) and all(rule.metric in watchable for rule in settings.rules)
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _rule(told: Mapping[str, Any]) -> Rule:
    ratios = {name: Fraction(told[name]) for name in ("ratio", "resolve_ratio", "onset_ratio") if name in told}
    return Rule(**{**told, **ratios})
