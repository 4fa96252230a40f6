"""Logs for the measures: whole ticket lives of many accounts, in the order in which they are received. Pure: one seed, one log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count, islice
from typing import NamedTuple

from events.placement import partition_of

START_MS = 1_772_442_000_000
"""2026-03-02 09:00 UTC, a Monday."""
FIRST_TICKET = 1_000_000
_MINUTE_MS = 60_000
_CHANNELS = ("chat", "chat", "email", "messaging")
_TEAMS = ("first-line", "second-line", "returns")
_PRIORITIES = ("normal", "normal", "high")
_EVENTS_A_LIFE = 5.4
"""On average; `tests/unit/test_bench_generate.py` holds the density that follows from it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a log is like."""

    accounts: int = 1_000
    per_account_minute: float = 15.0
    """Events, by their own time."""
    late_share: float = 0.05
    late_ms: int = 10 * _MINUTE_MS
    """A late event is received up to so much after it happened, the others within two seconds."""
    closed_share: float = 1.0
    """Of the tickets that are resolved."""
    more_turns: float = 0.4
    """How likely the customer writes again after an answer."""
    tickets: int | None = None
    """So many, each to the end of its life; None: without end."""
    seed: int = 7


class Step(NamedTuple):
    """One event of a ticket's life."""

    at_ms: int
    kind: str
    actor: str = "agent"
    rating: int = 0
    number: int = 0
    """In its life."""


class Happened(NamedTuple):
    """One record of the log. `step` is what the event says, for those who count without decoding it."""

    received_ms: int
    account: int
    ticket: int
    step: Step
    value: bytes


def account_name(number: int) -> str:
    return f"shop-{number:04}"


def placement(accounts: int, partitions: int) -> list[int]:
    """Of each account its partition."""
    return [partition_of(account_name(number), partitions) for number in range(accounts)]


def log(shape: Shape, events: int | None) -> Iterator[Happened]:
    """The first `events` records; None: all of them, which `shape.tickets` must bound."""
    return islice(_records(shape), events)


def _records(shape: Shape) -> Iterator[Happened]:
    rng = random.Random(shape.seed)
    every_ms = _EVENTS_A_LIFE * _MINUTE_MS / shape.per_account_minute
    waiting: list[tuple[int, int, int, int, Step | None]] = []
    order = count()
    tickets = count(FIRST_TICKET)
    for account in range(shape.accounts):
        heappush(waiting, (START_MS + int(rng.random() * every_ms), next(order), account, 0, None))
    while waiting:
        now_ms, _, account, ticket, step = heappop(waiting)
        if step is not None:
            yield Happened(now_ms, account, ticket, step, _event(rng, account, ticket, step))
            continue
        ticket = next(tickets)
        if shape.tickets is not None and ticket >= FIRST_TICKET + shape.tickets:
            continue  # and no other one of this account
        # When the account's next ticket opens, and the life of this one.
        heappush(waiting, (now_ms + 1 + int(rng.expovariate(1 / every_ms)), next(order), account, 0, None))
        for each in life(rng, now_ms, shape):
            received_ms = each.at_ms + _delay_ms(rng, shape)
            heappush(waiting, (received_ms, next(order), account, ticket, each))


def _delay_ms(rng: random.Random, shape: Shape) -> int:
    if rng.random() < shape.late_share:
        return int(rng.uniform(2_000, shape.late_ms))
    return int(rng.uniform(100, 2_000))


def life(rng: random.Random, opened_ms: int, shape: Shape) -> list[Step]:
    """Opened, one or more turns, mostly resolved, at times reopened or rated. No two events at one instant."""
    at_ms = opened_ms
    steps = [Step(at_ms, "opened", "customer")]

    def then(mean_s: float, kind: str, actor: str, rating: int = 0) -> None:
        nonlocal at_ms
        at_ms += 1_000 + int(rng.expovariate(1 / mean_s) * 1000)
        steps.append(Step(at_ms, kind, actor, rating, len(steps)))

    then(180, "replied", "agent")
    while rng.random() < shape.more_turns:
        then(120, "replied", "customer")
        then(150, "replied", "agent")
    if rng.random() < 0.25:
        then(60, "updated", "agent")
    if rng.random() >= shape.closed_share:
        return steps
    then(120, "resolved", "agent")
    if rng.random() < 0.1:
        then(240, "replied", "customer")
        then(1, "reopened", "system")
        then(180, "replied", "agent")
        then(90, "resolved", "agent")
    if rng.random() < 0.3:
        then(300, "surveyed", "customer", rng.randint(1, 5))
    return steps


def _event(rng: random.Random, account: int, ticket: int, step: Step) -> bytes:
    """As the gateway writes it: JSON of about 250 bytes."""
    bits = rng.getrandbits(128)
    uuid = f"{bits >> 96:08x}-{bits >> 80 & 0xFFFF:04x}-4{bits >> 68 & 0xFFF:03x}-a{bits >> 56 & 0xFFF:03x}-{bits & 0xFFFFFFFFFFFF:012x}"
    version = 2 if step.kind == "surveyed" else 1
    return (
        f'{{"type":"deskpulse.ticket.{step.kind}.v{version}","specversion":"1.0","id":"{uuid}","source":"/{account_name(account)}/zendesk",'
        f'"subject":"{ticket}","time":"{_second(step.at_ms // 1000)}.{step.at_ms % 1000:03d}Z","data":{_data(ticket, step)},"vendor":"zendesk"}}'
    ).encode()


@lru_cache(maxsize=10_000)
def _second(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}"


def _data(ticket: int, step: Step) -> str:
    agent, team = f"agent-{ticket % 12}", _TEAMS[ticket % 3]
    match step.kind, step.actor:
        case "opened", _:
            return (
                f'{{"channel":"{_CHANNELS[ticket % 4]}","customer":"c{ticket * 2_654_435_761 % 2**32:08x}",'
                f'"team":"{team}","priority":"{_PRIORITIES[ticket % 3]}"}}'
            )
        case "replied", "customer":
            return '{"actor":"customer"}'
        case "replied", _:
            return f'{{"actor":"agent","agent":"{agent}","team":"{team}"}}'
        case "updated", _:
            return f'{{"agent":"{agent}","assignee":"{agent}"}}'
        case "surveyed", _:
            return f'{{"rating":{step.rating},"scale_min":1,"scale_max":5}}'
        case "reopened", _:
            return '{"actor":"system"}'
        case _:
            return f'{{"agent":"{agent}","team":"{team}"}}'
