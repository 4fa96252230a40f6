"""A scenario in an account of its own, moved into the recent past. Pure.

It is moved by whole days, so that its last day is the day that is played, and where its hours do not fit into that day by whole
hours too, which the account's time zone undoes: its local days, hours and sentences stay those that were worked out by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.golden.scenario import Scenario, Stage
from tests.timeline import Said, iso, ms

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
GRACE = "1h"
"""How long minutes wait for what is late: hours pass in seconds here, and a busy machine is late."""
SOURCE = "zendesk"
_MOVED_HOURS = {"T16": -6, "T23": -5, "the worked example": 9}
_GAUGES = frozenset({"waiting_now", "oldest_wait", "backlog_open"})


@dataclass(frozen=True)
class Moved:
    scenario: Scenario
    account: str
    hours: int
    days: int

    @property
    def shift_ms(self) -> int:
        return self.days * DAY_MS + self.hours * HOUR_MS

    @property
    def zone(self) -> str:
        """Its offset takes the hours back. POSIX counts west of Greenwich as positive."""
        return f"Etc/GMT{self.hours:+d}" if self.hours else "UTC"

    def received_ms(self, said: Said) -> int:
        return said.received_at_ms + self.shift_ms

    def event(self, said: Said) -> dict[str, Any]:
        """As its sender would write it: the source is the token's."""
        at_ms = ms(str(said.event["time"]).replace("T", " ").removesuffix("Z")) + self.shift_ms
        return {**{name: value for name, value in said.event.items() if name != "source"}, "time": iso(at_ms)}

    def settings(self) -> list[dict[str, Any]]:
        """As they stand in `deskpulse.yaml`, one after the other; at least the first ones."""
        told = [said.event["data"] for said in self.scenario.said if said.event["type"] == "deskpulse.account.configured.v1"]
        return [{"zone": self.zone, "grace": GRACE, **_written(data)} for data in told or [{}]]

    def windows(self, stage: Stage, since_ms: int, *, with_gauges: bool) -> Stage:
        """The stage's minutes from an instant on, alone: what the fold still held live when they were told."""
        kept = {
            key: fields
            for key, fields in stage.windows.items()
            if self.scenario.timeline.ms(key[3]) + self.shift_ms >= since_ms and (with_gauges or key[0] not in _GAUGES)
        }
        return Stage(stage.events, windows=kept)


def moved(scenario: Scenario, account: str, day_ms: int) -> Moved:
    """`day_ms`: the beginning (UTC) of the day that the scenario's last event falls on."""
    hours = _MOVED_HOURS.get(scenario.name, 0)
    last_ms = max(said.received_at_ms for said in ticket_events(scenario)) + hours * HOUR_MS
    return Moved(scenario, account, hours, day_ms // DAY_MS - last_ms // DAY_MS)


def ticket_events(scenario: Scenario) -> list[Said]:
    return [said for said in scenario.said if said.is_of_a_ticket]


def is_staged(scenario: Scenario) -> bool:
    """Its first stage is known before all its tickets' events are."""
    return len(_of_first_stage(scenario)) < len(ticket_events(scenario))


def _of_first_stage(scenario: Scenario) -> list[Said]:
    return [said for said in scenario.said[: scenario.stages[0].events] if said.is_of_a_ticket]


def held_back(scenario: Scenario) -> tuple[list[Said], list[Said]]:
    """What comes in time and what comes after everything else: all that follows the first stage, or else how each ticket began."""
    told, first = ticket_events(scenario), _of_first_stage(scenario)
    if is_staged(scenario):
        return first, told[len(first) :]
    begun: set[str] = set()
    in_time: list[Said] = []
    late: list[Said] = []
    for said in told:
        (in_time if said.event["subject"] in begun else late).append(said)
        begun.add(said.event["subject"])
    return in_time, late


def stored(stage: Stage) -> Stage:
    """As rows of ClickHouse can tell it: which of a ticket's facts of one metric is the first is not stored."""
    facts = {
        ticket: {metric: [(0, value, when) for _, value, when in told] for metric, told in by_metric.items()}
        for ticket, by_metric in stage.facts.items()
    }
    return Stage(stage.events, facts, stage.details, stage.rows)


def _written(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "targets" in data:
        found["targets"] = [_target(one) for one in data["targets"]]
    if "abandonment" in data:
        found["abandonment"] = [_policy(one) for one in data["abandonment"]]
    if "rules" in data:
        found["rules"] = [_rule(one) for one in data["rules"]]
    return found


def _target(told: dict[str, Any]) -> dict[str, Any]:
    written = dict(told)
    written["within"] = f"{written.pop('target_ms')}ms"
    return written


def _policy(told: dict[str, Any]) -> dict[str, Any]:
    written = dict(told)
    if "silence_ms" in written:
        written["silence"] = f"{written.pop('silence_ms')}ms"
    return written


def _rule(told: dict[str, Any]) -> dict[str, Any]:
    written = dict(told)
    if "window_minutes" in written:
        written["window"] = f"{written.pop('window_minutes')}m"
    return written


def accounts_of(scenarios: Sequence[Scenario], run: str, day_ms: int) -> list[Moved]:
    return [moved(scenario, f"{scenario.name.lower().replace(' ', '-')}-{run}", day_ms) for scenario in scenarios]
