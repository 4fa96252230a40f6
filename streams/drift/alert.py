"""What is told of an episode: identity, the sentence, the message. The same log gives the same bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from events.derived import alert_key as record_key
from streams.book import Book
from streams.drift.detector import Detector, Episode
from streams.drift.usual import Usual, usual
from streams.results import Result
from streams.windows import MINUTE_MS

_UNIT_SEPARATOR = "\x1f"
_HOURS_FROM_MS = 7_200_000
_NAMES = {
    "frt_human": "FRT",
    "frt_any": "First touch",
    "reply_time": "Reply time",
    "first_resolution_time": "First resolution",
    "full_resolution_time": "Full resolution",
    "cycle_resolution_time": "Cycle resolution",
}
_encoder = msgspec.json.Encoder()


def alert_key(account: str, rule_id: str, rule_version: int, labels: dict[str, str]) -> str:
    parts = [account, rule_id, str(rule_version), "up", *sorted(f"{name}={value}" for name, value in labels.items())]
    return "ak_" + _digest(parts)


def episode_id(key: str, opened_minute: int) -> str:
    return "ep_" + _digest([key, f"{_iso(opened_minute * MINUTE_MS)[:16]}Z"])


def _digest(parts: list[str]) -> str:
    return sha256(_UNIT_SEPARATOR.join(parts).encode()).hexdigest()[:24]


def _iso(instant_ms: int) -> str:
    days, rest = divmod(instant_ms // 1000, 86_400)
    year, month, day = _civil_date(days)
    return f"{year:04}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def _civil_date(days: int) -> tuple[int, int, int]:
    """Year, month, day of a count of days since 1970-01-01, by eras of 400 years that begin in March."""
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def _tenths(total: int, count: int, unit_ms: int) -> int:
    """`total / count` in tenths of the unit, half up."""
    return (20 * total + count * unit_ms) // (2 * count * unit_ms)


def _clock(book: Book, instant_ms: int) -> str:
    minutes = book.civil_ms(instant_ms) // MINUTE_MS
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


class Telling:
    """The transitions of one account's episodes, as records."""

    def __init__(self, account: str, book: Book) -> None:
        self._account = account
        self._book = book

    def opened(self, d: Detector, episode: Episode, version: int) -> Result:
        base_n, base_sum = episode.base_n, episode.base_sum
        unit, unit_ms = ("h", 3_600_000) if d.sum >= _HOURS_FROM_MS * d.n else ("min", MINUTE_MS)
        span = usual(d, episode)
        mean, base = _tenths(d.sum, d.n, unit_ms) / 10, _tenths(base_sum, base_n, unit_ms) / 10
        within = ""
        if span is not None:
            low, high = (_tenths(bound, 1, unit_ms) / 10 for bound in span)
            within = f", usual {low}-{high}"
        since = _clock(self._book, episode.onset * MINUTE_MS)
        summary = f"{self._title(d)} {base} -> {mean} {unit} since {since} (n={d.n}{within})"
        return self._result(
            d, episode, "alert.opened", (episode.opened + 1) * MINUTE_MS, None, summary, (unit, unit_ms, span), version
        )

    def resolved(self, d: Detector, episode: Episode, at_ms: int, reason: str, version: int) -> Result:
        unit, unit_ms = ("h", 3_600_000) if d.n and d.sum >= _HOURS_FROM_MS * d.n else ("min", MINUTE_MS)
        when = _clock(self._book, at_ms)
        if reason == "recovered":
            mean, base = _tenths(d.sum, d.n, unit_ms) / 10, _tenths(episode.base_sum, episode.base_n, unit_ms) / 10
            summary = f"{self._title(d)} back to {mean} {unit} at {when} (n={d.n}, before the incident {base})"
        elif reason == "no_data":
            summary = f"{self._title(d)}: nothing measured for 24 h, closed at {when}"
        else:
            summary = f"{self._title(d)}: the rule changed, closed at {when}"
        return self._result(d, episode, "alert.resolved", at_ms, reason, summary, (unit, unit_ms, None), version)

    def _title(self, d: Detector) -> str:
        name = _NAMES.get(d.rule.metric, d.rule.metric)
        return name if d.rule.scope == "total" else f"{name} on {d.label or 'no channel'}"

    def _result(
        self,
        d: Detector,
        episode: Episode,
        kind: str,
        at_ms: int,
        reason: str | None,
        summary: str,
        measure: tuple[str, int, Usual | None],
        version: int,
    ) -> Result:
        unit, unit_ms, span = measure
        base_n, base_sum, n, s = episode.base_n, episode.base_sum, d.n, d.sum
        labels: dict[str, str] = {} if d.rule.scope == "total" else {d.rule.scope: d.label}
        key = alert_key(self._account, d.rule.id, d.rule.version, labels)
        episode_key = episode_id(key, episode.opened + 1)
        at = _iso(at_ms)
        low, high = (None, None) if span is None else (_tenths(bound, 1, unit_ms) / 10 for bound in span)
        message: dict[str, Any] = {
            "type": kind,
            "timestamp": at,
            "data": {
                "episode_id": episode_key,
                "alert_key": key,
                "seq": episode.seq,
                "state": "resolved" if reason else "firing",
                "severity": d.rule.severity,
                "historical": False,
                "rule": {"id": d.rule.id, "version": d.rule.version},
                "account": self._account,
                "metric": d.rule.metric,
                "labels": labels,
                "direction": "up",
                "onset_at": _iso(episode.onset * MINUTE_MS),
                "opened_at": _iso((episode.opened + 1) * MINUTE_MS),
                "resolved_at": at if reason else None,
                "resolve_reason": reason,
                "observed": {"stat": "mean", "unit": unit, "value": _tenths(s, n, unit_ms) / 10 if n else None, "n": n},
                "expected": {
                    "value": _tenths(base_sum, base_n, unit_ms) / 10,
                    "low": low,
                    "high": high,
                    "source": "trailing_24h" if d.rule.baseline_ms is None else "static",
                },
                "evidence": {
                    "ratio": _thousandths(s * base_n, base_sum * n) / 1000 if n and base_sum else None,
                    "delta_s": _tenths(s * base_n - base_sum * n, n * base_n, 1000) / 10 if n else None,
                    "n": n,
                    "n_base": base_n,
                },
                "summary": summary,
                "links": {"self": f"/alerts/{episode_key}"},
            },
        }
        value = _encoder.encode(message)
        return Result("alerts", record_key(self._account, key), value, (("version", str(version).encode()),))


def _thousandths(over: int, under: int) -> int:
    return (2000 * over + under) // (2 * under)
