"""What a generated log should give, counted again and simply: facts and their sum by metric. Shares no code with the fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from bench.generate import Step, account_name
from bench.lab import WrongResultError
from events.derived import FactsRecord
from events.metrics import METRICS

Totals = dict[str, tuple[int, int]]
"""By metric: facts, and the sum of their values."""
_decoder = msgspec.msgpack.Decoder(FactsRecord)


@dataclass(frozen=True, slots=True)
class Expected:
    totals: Totals
    incomplete: frozenset[bytes]
    """Keys of tickets of which a late event lies behind the log's end: they have rules of their own, and are left out."""


def expect(lives: Mapping[tuple[int, int], Iterable[Step]]) -> Expected:
    counts: dict[str, list[int]] = {}
    incomplete = set()
    for (account, ticket), received in lives.items():
        steps = sorted(received)
        if steps[-1].number != len(steps) - 1:
            incomplete.add(f"{account_name(account)}/zendesk/{ticket}".encode())
            continue
        for metric, value in _facts(steps):
            total = counts.setdefault(metric, [0, 0])
            total[0] += 1
            total[1] += value
    return Expected({metric: (n, total) for metric, (n, total) in counts.items()}, frozenset(incomplete))


def _facts(steps: list[Step]) -> Iterable[tuple[str, int]]:
    """Of a generated life, in which nobody answers twice in a row."""
    opened_ms = steps[0].at_ms
    yield "tickets_opened", 1
    answers = [step.at_ms for step in steps if step.kind == "replied" and step.actor == "agent"]
    endings = [step.at_ms for step in steps if step.kind == "resolved"]
    reopenings = [step.at_ms for step in steps if step.kind == "reopened"]
    ratings = [step.rating for step in steps if step.kind == "surveyed"]
    if answers:
        yield "frt_human", answers[0] - opened_ms
        yield "frt_any", answers[0] - opened_ms
    yield from _waits(steps)
    for number, ended_ms in enumerate(endings):
        yield "resolved_events", 1
        yield "abandonment", 0
        yield "cycle_resolution_time", ended_ms - ([opened_ms, *reopenings][number])
    for ended_ms, reopened_ms in zip(endings, reopenings, strict=False):
        yield "reopened", reopened_ms - ended_ms
    if endings:
        yield "first_resolution_time", endings[0] - opened_ms
        yield "full_resolution_time", endings[-1] - opened_ms
        yield "one_touch", int(len(answers) == 1)
        yield "zero_touch", 0
    if ratings:
        yield "csat", ratings[-1]


def _waits(steps: list[Step]) -> Iterable[tuple[str, int]]:
    """From the first unanswered message of a customer to the answer."""
    asked_ms: int | None = None
    turn = reopened = 0
    for step in steps:
        if step.kind == "opened" or (step.kind == "replied" and step.actor == "customer"):
            if asked_ms is None:
                asked_ms = step.at_ms
        elif step.kind == "reopened":
            reopened = 1
        elif step.kind == "replied" and asked_ms is not None:
            turn += 1
            yield "reply_time", step.at_ms - asked_ms
            if turn > 1:
                yield "next_response_time", step.at_ms - asked_ms
            if reopened:
                yield "reopen_response_time", step.at_ms - asked_ms
                reopened = 0
            asked_ms = None


def totals_of(records: Iterable[tuple[bytes, bytes]], left_out: frozenset[bytes]) -> Totals:
    """The same, summed from the signed facts that a fold said."""
    counts = [0] * len(METRICS)
    sums = [0] * len(METRICS)
    for key, value in records:
        if key in left_out:
            continue
        record = _decoder.decode(value)
        for sign, said in ((1, record.asserted), (-1, record.retracted)):
            for fact in said.facts:
                counts[fact.metric] += sign
                sums[fact.metric] += sign * fact.value
    return {METRICS[number].name: (counts[number], sums[number]) for number in range(len(METRICS)) if counts[number]}


def check(found: Totals, expected: Totals) -> None:
    """Raises with every metric that differs."""
    metrics = sorted(found.keys() | expected.keys())
    wrong = [
        f"{metric}: {found.get(metric, (0, 0))}, expected {expected.get(metric, (0, 0))}"
        for metric in metrics
        if found.get(metric) != expected.get(metric)
    ]
    if wrong:
        raise WrongResultError("; ".join(wrong))
