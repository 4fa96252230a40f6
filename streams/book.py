"""An account's settings, each in force from its date: what an instant's civil hour, level, target and grace are.

Pure: the zone rules come from the time zone database of the installation.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from events.metrics import GAUGES, METRICS, NUMBER
from events.wire import Abandonment, Configured

_HOUR_MS = 3_600_000
_STEP_MS = 900_000
"""Civil time jumps at quarters of an hour at most."""
_REMEMBERED = 10_000
_decode = msgspec.json.Decoder(Configured).decode
_CLASSES = {
    "chat": "realtime",
    "sms": "realtime",
    "phone": "realtime",
    "messenger": "realtime",
    "whatsapp": "realtime",
    "social": "social",
    "facebook": "social",
    "instagram": "social",
    "twitter": "social",
}
_BOUNDS_MS = {
    "realtime": (60_000, 300_000, 600_000, 3_600_000),
    "social": (900_000, 14_400_000, 86_400_000, 172_800_000),
    "email": (3_600_000, 14_400_000, 86_400_000, 172_800_000),
}


class Dated(Struct, array_like=True, frozen=True):
    """Settings as they were said, in JSON, and the instant from which they hold."""

    effective_ms: int
    said: bytes


def dated(effective_ms: int, settings: Configured) -> Dated:
    return Dated(effective_ms, msgspec.json.encode(settings))


class Book:
    """The dated settings of one account. Before its first page the defaults hold."""

    def __init__(self, read: tuple[Dated, ...] = ()) -> None:
        self.read = read
        """Every page, in the order of the log."""
        settings = [_decode(page.said) for page in read]
        by_start = {page.effective_ms: said for page, said in zip(read, settings, strict=True)}
        self._starts = sorted(by_start)
        self._pages = [by_start[start] for start in self._starts]
        self.latest = settings[-1] if settings else Configured()
        """Of the record last read: what is not a matter of dates (grace, rules) follows it."""
        self._offsets: dict[int, int] = {}
        self._default = Configured()
        self.can_lapse = any(policy.silence_ms is not None for said in settings for policy in said.abandonment)
        """Some page lets a ticket lapse by silence, or did."""

    @property
    def edition(self) -> int:
        """Grows with each page: facts told under an older one may have to be restated."""
        return len(self.read)

    def with_page(self, page: Dated) -> Book:
        """A new book; of two pages with one start the one read later holds."""
        return Book((*self.read, page))

    def as_of(self, edition: int) -> Book:
        """What the book was when it had so many pages."""
        return self if edition == self.edition else Book(self.read[:edition])

    def at(self, instant_ms: int) -> Configured:
        index = bisect_right(self._starts, instant_ms)
        return self._pages[index - 1] if index else self._default

    def civil_ms(self, instant_ms: int) -> int:
        """The wall clock of the zone then in force, as if it were UTC."""
        if not self._pages:
            return instant_ms
        step = instant_ms // _STEP_MS
        offset = self._offsets.get(step)
        if offset is None:
            offset = offset_ms(instant_ms, self.at(instant_ms).zone)
            if self.at(step * _STEP_MS) is self.at((step + 1) * _STEP_MS - 1):
                if len(self._offsets) > _REMEMBERED:
                    self._offsets.clear()
                self._offsets[step] = offset
        return instant_ms + offset

    def hour(self, instant_ms: int) -> int:
        """Civil hour: days since 1970-01-01 times 24, plus the hour."""
        return (self.civil_ms(instant_ms) if self._pages else instant_ms) // _HOUR_MS

    def class_of(self, channel: str, instant_ms: int) -> str:
        return self.at(instant_ms).channel_classes.get(channel) or _CLASSES.get(channel, "email")

    def latest_class(self, channel: str) -> str:
        return self.latest.channel_classes.get(channel) or _CLASSES.get(channel, "email")

    def is_realtime(self, channel: str, instant_ms: int) -> bool:
        return self.class_of(channel, instant_ms) == "realtime"

    def level(self, channel: str, started_ms: int, took_ms: int) -> int:
        """1 unacceptable to 5 stellar; the top two classes are strict, the next two take their bound in."""
        settings = self.at(started_ms)
        kind = settings.channel_classes.get(channel) or _CLASSES.get(channel, "email")
        a, b, c, d = settings.level_bounds_ms.get(kind) or _BOUNDS_MS[kind]  # type: ignore[call-overload]
        if took_ms < a:
            return 5
        if took_ms < b:
            return 4
        if took_ms <= c:
            return 3
        return 2 if took_ms <= d else 1

    def met(self, metric: str, channel: str, priority: str, started_ms: int, took_ms: int) -> int:
        """1 in target, 0 not, -1 where none is set; the most specific target of the settings then in force holds."""
        best, target_ms = -1, -1
        for target in self.at(started_ms).targets:
            if target.metric != metric or target.channel not in ("", channel) or target.priority not in ("", priority):
                continue
            rank = 2 * bool(target.channel) + bool(target.priority)
            if rank > best:
                best, target_ms = rank, target.target_ms
        return -1 if best < 0 else int(took_ms <= target_ms)

    def silence_ms(self, channel: str, since_ms: int) -> int | None:
        """How long a waiting customer may hear and say nothing from an instant on; None: as long as it takes."""
        policy = self._abandonment(channel, since_ms)
        return None if policy is None else policy.silence_ms

    def is_abandoned_by_end(self, channel: str, ended_ms: int) -> bool:
        """Whether a ticket that ends before any human reply counts as abandoned."""
        policy = self._abandonment(channel, ended_ms)
        return policy is not None and policy.unanswered_end

    def _abandonment(self, channel: str, instant_ms: int) -> Abandonment | None:
        """The channel's own policy, else the one for any; of two alike the first."""
        policies = self.at(instant_ms).abandonment
        for asked in (channel, ""):
            for policy in policies:
                if policy.channel == asked:
                    return policy
        return None


def fault_in(settings: Configured) -> str:
    """What a fold could not work with, in words; nothing if all is well."""
    try:
        ZoneInfo(settings.zone)
    except (KeyError, ValueError, OSError):
        return "data.zone: expected an IANA time zone, such as Europe/Berlin"
    for index, rule in enumerate(settings.rules):
        number = NUMBER.get(rule.metric, -1)
        if number < 0 or METRICS[number].unit != "ms" or not METRICS[number].windowed or number in GAUGES:
            return f"data.rules[{index}].metric: expected a windowed duration, such as frt_human"
    if len({rule.id for rule in settings.rules}) < len(settings.rules):
        return "data.rules: expected ids that differ"
    return ""


def offset_ms(instant_ms: int, zone: str) -> int:
    """How far the zone's wall clock is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(instant_ms // 1000, ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else offset.days * 86_400_000 + offset.seconds * 1000
