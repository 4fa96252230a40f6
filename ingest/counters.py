"""The gateway's own numbers, as Prometheus text. Labels come from closed lists: no account, no source, nothing that was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

Name = Literal[
    "deskpulse_gateway_requests_total",
    "deskpulse_gateway_events_appended_total",
    "deskpulse_gateway_events_rejected_total",
    "deskpulse_gateway_deliveries_ignored_total",
    "deskpulse_gateway_dead_letters_total",
    "deskpulse_gateway_rewritten_total",
    "deskpulse_gateway_spooled_total",
    "deskpulse_gateway_spool_drained_total",
    "deskpulse_gateway_spool_refused_total",
    "deskpulse_gateway_spool_cut_bytes_total",
    "deskpulse_gateway_spool_set_aside_total",
]

_HELP: dict[Name, str] = {
    "deskpulse_gateway_requests_total": "Requests answered, by door and status.",
    "deskpulse_gateway_events_appended_total": "Events that the broker confirmed, by vendor.",
    "deskpulse_gateway_events_rejected_total": "Events refused with an answer to the sender, by reason.",
    "deskpulse_gateway_deliveries_ignored_total": "Deliveries from which nothing follows, by vendor.",
    "deskpulse_gateway_dead_letters_total": "Authentic deliveries kept as dead letters, by reason.",
    "deskpulse_gateway_rewritten_total": "Authentic deliveries signed over other bytes than were sent, by vendor.",
    "deskpulse_gateway_spooled_total": "Records answered from disk while the broker was away, by vendor.",
    "deskpulse_gateway_spool_drained_total": "Records of the spool that the broker confirmed; some twice after a crash.",
    "deskpulse_gateway_spool_refused_total": "Deliveries that are never sent again and could not be kept: full or disk.",
    "deskpulse_gateway_spool_cut_bytes_total": "Bytes at the end of a spool's file that were no whole record.",
    "deskpulse_gateway_spool_set_aside_total": "Records of the spool that are larger than the broker takes, in a file of their own.",
}
_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
_APPEND = "deskpulse_gateway_append_seconds"

Labels = tuple[tuple[str, str], ...]


class Counters:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._counts: dict[Name, Counter[Labels]] = {name: Counter() for name in _HELP}
        self._buckets = [0] * (len(_BOUNDS_S) + 1)
        self._append_s = 0.0

    def add(self, name: Name, amount: int = 1, **labels: str) -> None:
        self._counts[name][tuple(labels.items())] += amount

    def value(self, name: Name, **labels: str) -> int:
        return self._counts[name][tuple(labels.items())]

    def appended_in(self, seconds: float) -> None:
        """From the hand-over to the confirmation."""
        self._append_s += seconds
        for place, bound in enumerate(_BOUNDS_S):
            if seconds <= bound:
                self._buckets[place] += 1
                return
        self._buckets[-1] += 1

    def text(self, *, reachable: bool, more: Iterable[str] = ()) -> str:
        """With the lines of others behind."""
        return "\n".join([*self._lines(reachable=reachable), *more, ""])

    def _lines(self, *, reachable: bool) -> Iterator[str]:
        for name, counts in self._counts.items():
            yield f"# HELP {name} {_HELP[name]}"
            yield f"# TYPE {name} counter"
            for labels, count in sorted(counts.items()):
                written = ",".join(f'{label}="{value}"' for label, value in labels)
                yield f"{name}{{{written}}} {count}"
        yield f"# HELP {_APPEND} From the hand-over of a request's records to the broker's confirmation."
        yield f"# TYPE {_APPEND} histogram"
        total = 0
        for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), self._buckets, strict=True):
            total += count
            yield f'{_APPEND}_bucket{{le="{bound}"}} {total}'
        yield f"{_APPEND}_sum {self._append_s:.6f}"
        yield f"{_APPEND}_count {total}"
        yield "# HELP deskpulse_gateway_broker_reachable Whether the broker answers: 1 or 0."
        yield "# TYPE deskpulse_gateway_broker_reachable gauge"
        yield f"deskpulse_gateway_broker_reachable {int(reachable)}"
