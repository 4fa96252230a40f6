"""Plays every scenario four times in four accounts: as it happened, as Zendesk's webhooks, too late, and doubled in disorder."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.eventually import eventually
from tests.golden.all import SCENARIOS
from tests.golden.scenario import Scenario
from tests.integration.golden.moved import HOUR_MS, Moved, accounts_of, held_back, is_staged, stored, ticket_events
from tests.integration.golden.reading import known
from tests.integration.golden.stack import Running
from tests.integration.golden.zendesk import bodies, is_expressible
from tests.timeline import Said

_STEP_S = 0.05
_BATCH = 200
_LATEST_MS = 11 * HOUR_MS + 45 * 60_000
"""Of the played day: by then the last minute that a scenario asks for is closed, with an hour's grace."""


class Run(StrEnum):
    LIVE = "live"
    """CloudEvents, each when the clock shows that it was received."""
    ZENDESK = "zendesk"
    """The same as webhooks."""
    LATE = "late"
    """CloudEvents when all is over, and what began each ticket after everything else."""
    SHUFFLED = "shuffled"
    """CloudEvents when all is over, each one twice, in any order."""


VENDOR = {Run.ZENDESK: "zendesk"}


@dataclass
class Played:
    running: Running
    day_ms: int
    accounts: dict[tuple[Run, str], Moved]
    posted: dict[str, set[str]] = field(default_factory=dict)
    """By account: the ids of what was posted as CloudEvents."""
    amid: dict[str, AssertionError | None] = field(default_factory=dict)
    """By scenario: whether its first stage was right while the rest was still missing."""

    def of(self, run: Run) -> list[Moved]:
        return [moved for (its, _), moved in self.accounts.items() if its is run]


def all_accounts(day_ms: int) -> dict[tuple[Run, str], Moved]:
    return {
        (run, moved.scenario.name): moved
        for run in Run
        for moved in accounts_of([one for one in SCENARIOS if is_played(run, one)], run.value, day_ms)
    }


def is_played(run: Run, scenario: Scenario) -> bool:
    return run is not Run.ZENDESK or is_expressible(scenario)


def play(played: Played) -> None:
    """After this everything was posted, and the clock has passed all that waits for it."""
    _as_it_happened(played)
    _late(played)
    for moved in played.of(Run.SHUFFLED):
        twice = [said for said in ticket_events(moved.scenario) for _ in range(2)]
        random.Random(moved.account).shuffle(twice)
        _post(played, moved, twice)
    _wait_until(played, played.day_ms + _LATEST_MS)


def _as_it_happened(played: Played) -> None:
    """What lies before the clock at once, then each event in its time."""
    due: list[tuple[int, int, Callable[[], None]]] = []

    def put(at_ms: int, post: Callable[[], None]) -> None:
        due.append((at_ms, len(due), post))

    for moved in played.of(Run.LIVE):
        for said in ticket_events(moved.scenario):
            put(moved.received_ms(said), _posting(played, moved, said))
    for moved in played.of(Run.ZENDESK):
        for at_ms, body in bodies(moved, ticket_events(moved.scenario)):
            put(at_ms, _delivering(played, moved, body))
    _wait_until(played, played.day_ms + 5 * HOUR_MS + 50 * 60_000)
    has_changed = False
    for at_ms, _, post in sorted(due, key=lambda one: one[:2]):
        if not has_changed and at_ms > played.day_ms + 6 * HOUR_MS:
            # Settings change early on the last day: T25.
            has_changed = True
            played.running.apply(with_vendors(played.accounts), 1)
        _wait_until(played, at_ms)
        post()


def _posting(played: Played, moved: Moved, said: Said) -> Callable[[], None]:
    return lambda: _post(played, moved, [said])


def _delivering(played: Played, moved: Moved, body: bytes) -> Callable[[], None]:
    return lambda: played.running.doors.webhook(moved, body)


def _late(played: Played) -> None:
    parts = {moved.account: held_back(moved.scenario) for moved in played.of(Run.LATE)}
    for moved in played.of(Run.LATE):
        _post(played, moved, parts[moved.account][0])
    for moved in played.of(Run.LATE):
        if is_staged(moved.scenario):
            played.amid[moved.scenario.name] = _fault_of_first_stage(played, moved)
    for moved in played.of(Run.LATE):
        _post(played, moved, parts[moved.account][1])


def _fault_of_first_stage(played: Played, moved: Moved) -> AssertionError | None:
    first = moved.scenario.stages[0]

    def right() -> bool:
        moved.scenario.check_tickets(stored(first), known(played.running.reader, moved))
        return True

    try:
        eventually(right, 30, f"the first stage of {moved.scenario.name}")
    except AssertionError as fault:
        return fault
    return None


def _post(played: Played, moved: Moved, told: list[Said]) -> None:
    events: list[dict[str, Any]] = [moved.event(said) for said in told]
    played.posted.setdefault(moved.account, set()).update(event["id"] for event in events)
    for start in range(0, len(events), _BATCH):
        played.running.doors.events(moved, events[start : start + _BATCH])


def _wait_until(played: Played, at_ms: int) -> None:
    while played.running.now_ms() < at_ms:
        played.running.look()
        time.sleep(_STEP_S)


def with_vendors(accounts: dict[tuple[Run, str], Moved]) -> list[tuple[Moved, str]]:
    return [(moved, VENDOR.get(run, "cloudevents")) for (run, _), moved in accounts.items()]
