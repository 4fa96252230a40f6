"""The scenarios, told to the oracle and to the fold, in order and in every disorder a feed is capable of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest

from tests.fold_adapter import folded
from tests.golden.all import SCENARIOS
from tests.golden.scenario import Scenario
from tests.oracle.log import Expected, recompute
from tests.timeline import Record, Said, log

Engine = Callable[[Sequence[Record]], Expected]
engines = pytest.mark.parametrize("engine", [recompute, folded], ids=["oracle", "fold"])
scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
in_any_order = pytest.mark.parametrize(
    "scenario", [scenario for scenario in SCENARIOS if scenario.any_order], ids=lambda scenario: scenario.name.replace(" ", "-")
)
SHUFFLES = 5


@engines
@scenarios
def test_a_scenario_gives_the_numbers_worked_out_by_hand(scenario: Scenario, engine: Engine) -> None:
    for stage in scenario.stages:
        scenario.check(stage, engine(log(scenario.said[: stage.events])))


@engines
@scenarios
def test_nothing_of_a_scenario_is_refused(scenario: Scenario, engine: Engine) -> None:
    assert engine(scenario.timeline.records()).rejects == {}


@engines
@scenarios
def test_every_event_twice_changes_nothing(scenario: Scenario, engine: Engine) -> None:
    stage = scenario.stages[-1]
    twice = [said for said in scenario.said[: stage.events] for _ in range(2)]
    scenario.check(stage, engine(log(twice)))


@engines
@scenarios
def test_everything_again_after_the_end_changes_nothing(scenario: Scenario, engine: Engine) -> None:
    stage = scenario.stages[-1]
    said = scenario.said[: stage.events]
    scenario.check(stage, engine(log([*said, *said])))


@engines
@in_any_order
@pytest.mark.parametrize("seed", range(SHUFFLES))
def test_tickets_and_facts_do_not_depend_on_arrival(scenario: Scenario, engine: Engine, seed: int) -> None:
    stage = scenario.stages[-1]
    scenario.check_tickets(stage, engine(_all_late(_shuffled(scenario.said[: stage.events], seed))))


@engines
@in_any_order
def test_tickets_and_facts_are_the_same_told_backwards(scenario: Scenario, engine: Engine) -> None:
    stage = scenario.stages[-1]
    settings = [said for said in scenario.said[: stage.events] if not said.is_of_a_ticket]
    tickets = [said for said in scenario.said[: stage.events] if said.is_of_a_ticket]
    scenario.check_tickets(stage, engine(_all_late([*settings, *reversed(tickets)])))


def _shuffled(said: Sequence[Said], seed: int) -> list[Said]:
    """Ticket events in any order; what is not of a ticket keeps its place."""
    tickets = [one for one in said if one.is_of_a_ticket]
    Random(seed).shuffle(tickets)
    return [tickets.pop() if one.is_of_a_ticket else one for one in said]


def _all_late(said: Sequence[Said]) -> list[Record]:
    """As delivered by a feed that was away: everything received when the last was."""
    received_at = max(one.received_at_ms for one in said)
    return [(offset, received_at, key, value) for offset, _, key, value in log(said)]
