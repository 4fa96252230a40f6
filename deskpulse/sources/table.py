"""Sources and what arrived from them, as lines of a table and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deskpulse.sources.activity import Activity, Name
from deskpulse.sources.spans import span

_HEAD = ("SOURCE", "VENDOR", "LAST EVENT", "HOUR", "DAY", "REJECTED", "LATE", "SECRETS", "URL")
_RIGHT = frozenset({3, 4, 5})
_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Listed:
    """One configured source."""

    account: str
    source: str
    vendor: str
    url: str
    secrets: int


def lines(listed: Sequence[Listed], seen: Mapping[Name, Activity] | None, now_ms: int) -> list[str]:
    """`seen` is None where ClickHouse does not tell: its columns then say so with a question mark."""
    rows = [_HEAD, *(_row(one, seen, now_ms) for one in listed)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    return ["  ".join(_cell(text, place, widths[place]) for place, text in enumerate(row)).rstrip() for row in rows]


def as_json(listed: Sequence[Listed], seen: Mapping[Name, Activity] | None) -> list[dict[str, Any]]:
    """What is not known is null."""
    unknown: dict[str, None] = dict.fromkeys(asdict(Activity()))
    return [
        {**asdict(one), **(unknown if seen is None else asdict(seen.get((one.account, one.source), Activity())))}
        for one in listed
    ]


def rejects_elsewhere(listed: Sequence[Listed], seen: Mapping[Name, Activity]) -> int:
    """The day's rejects that stand in no line: their source could not be told, or is configured no longer."""
    names = {(one.account, one.source) for one in listed}
    return sum(one.rejects_day for name, one in seen.items() if name not in names)


def _row(one: Listed, seen: Mapping[Name, Activity] | None, now_ms: int) -> tuple[str, ...]:
    said = (_UNKNOWN,) * 5 if seen is None else _activity(seen.get((one.account, one.source), Activity()), now_ms)
    return (f"{one.account}/{one.source}", one.vendor, *said, str(one.secrets), one.url)


def _activity(one: Activity, now_ms: int) -> tuple[str, ...]:
    last = "never" if one.last_ms is None else f"{span(now_ms - one.last_ms)} ago"
    known = one.late_median_ms is not None and one.late_p90_ms is not None
    late = f"{span(one.late_median_ms or 0)} / {span(one.late_p90_ms or 0)}" if known else "-"
    return (last, f"{one.events_hour:,}", f"{one.events_day:,}", f"{one.rejects_day:,}", late)


def _cell(text: str, place: int, width: int) -> str:
    return text.rjust(width) if place in _RIGHT else text.ljust(width)
