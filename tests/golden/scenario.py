"""A scenario: a timeline, and what must be known after it. The numbers are worked out by hand, never by a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.facts import Fact, Heading
from tests.oracle.log import Expected
from tests.timeline import Said, Timeline

Told = tuple[int, int, str]
"""Ordinal, value (durations in seconds), and when, as a time of the timeline."""
_FACT = Fact._fields
_HEADING = Heading._fields
DURATIONS = frozenset(
    {
        "frt_human",
        "frt_any",
        "reply_time",
        "next_response_time",
        "reopen_response_time",
        "first_resolution_time",
        "full_resolution_time",
        "cycle_resolution_time",
        "reopened",
    }
)


@dataclass(frozen=True)
class Stage:
    """What is known once so many events of the timeline are in the log."""

    events: int
    facts: dict[str, dict[str, list[Told]]] = field(default_factory=dict)
    """Ticket -> metric -> all its facts; a metric that is not named has none."""
    details: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Ticket, metric, fields that each of its facts must have."""
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    windows: dict[tuple[str, str, str, str], dict[str, Any] | None] = field(default_factory=dict)
    """Metric, scope, label, minute (as a time); None: no such window."""
    alerts: list[dict[str, Any]] | None = None
    """In order of opening and seq: fields that each must have. None: not asked."""


@dataclass(frozen=True)
class Scenario:
    name: str
    timeline: Timeline
    stages: tuple[Stage, ...]
    any_order: bool = True
    """Facts and rows are the same in any order of arrival (not where settings come amid)."""

    @property
    def said(self) -> list[Said]:
        return self.timeline.said

    def check(self, stage: Stage, known: Expected) -> None:
        """Everything of the stage; for a log read in the order told."""
        self.check_tickets(stage, known)
        self.check_windows(stage, known)
        if stage.alerts is not None:
            self.check_alerts(stage.alerts, known)

    def check_tickets(self, stage: Stage, known: Expected) -> None:
        told = facts_of(known)
        account, source, ms = self.timeline.account, self.timeline.source, self.timeline.ms
        for ticket, by_metric in stage.facts.items():
            mine = told.get((account, source, ticket), [])
            expected = {metric: sorted(_exact(metric, one, ms) for one in many) for metric, many in by_metric.items()}
            got: dict[str, list[Any]] = {}
            for fact in mine:
                got.setdefault(fact["metric"], []).append((fact["ordinal"], fact["value"], fact["at"]))
            assert {metric: sorted(many) for metric, many in got.items()} == expected, f"{self.name}: facts of ticket {ticket}"
        for ticket, metric, fields in stage.details:
            mine = [fact for fact in told.get((account, source, ticket), []) if fact["metric"] == metric]
            assert mine, f"{self.name}: ticket {ticket} has no {metric}"
            for fact in mine:
                assert {name: fact[name] for name in fields} == fields, f"{self.name}: {metric} of ticket {ticket}"
        for ticket, fields in stage.rows.items():
            row = known.tickets.get((account, source, ticket))
            assert row is not None, f"{self.name}: ticket {ticket} has no row"
            assert {name: row[name] for name in fields} == fields, f"{self.name}: row of ticket {ticket}"

    def check_windows(self, stage: Stage, known: Expected) -> None:
        for (metric, scope, label, when), fields in stage.windows.items():
            window = known.windows.get((self.timeline.account, metric, scope, label, self.timeline.ms(when) // 60_000))
            got = None if window is None or fields is None else {name: window[name] for name in fields}
            assert (window if fields is None else got) == fields, f"{self.name}: {metric} of {scope} {label} at {when}"

    def check_alerts(self, expected: list[dict[str, Any]], known: Expected) -> None:
        told = sorted(known.alerts.items(), key=lambda one: (one[1]["opened_at"], one[0][1]))
        assert len(told) == len(expected), f"{self.name}: {[alert for _, alert in told]}"
        for ((episode, seq), alert), fields in zip(told, expected, strict=True):
            whole = {**alert, "episode_id": episode, "seq": seq}
            assert {name: whole[name] for name in fields} == fields, f"{self.name}: {whole}"


def _exact(metric: str, told: Told, ms: Any) -> tuple[int, int, int]:
    ordinal, value, when = told
    return ordinal, value * 1000 if metric in DURATIONS else value, ms(when)


def facts_of(known: Expected) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Facts by ticket, each with its fields by name."""
    told: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for account, source, ticket, *fields in known.facts:
        told.setdefault((account, source, ticket), []).append(dict(zip((*_FACT, *_HEADING), fields, strict=True)))
    return told
