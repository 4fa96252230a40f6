"""Every measurement of a ticket, each by its own sentence of docs/semantics.md section 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from tests.oracle.life import Did, Life, Step
from tests.oracle.settings import Book
from tests.oracle.turns import Turns


class Fact(NamedTuple):
    metric: str
    ordinal: int
    value: int
    at: int
    hour: int
    channel: str
    team: str
    agent: str
    priority: str
    met: int = -1
    level: int = 0
    business_ms: int | None = None
    """Unknown without a schedule, and there are none yet."""


class Heading(NamedTuple):
    """What is said of all facts of a ticket."""

    opened_at: int | None
    opened_hour: int | None
    brand: str
    language: str
    tier: str
    tags: tuple[str, ...]


def heading(life: Life, book: Book) -> Heading:
    opened_at = life.opening.at if life.opening else None
    hour = None if opened_at is None else book.hour(opened_at)
    d = life.dimensions
    return Heading(opened_at, hour, d.brand, d.language, d.tier, d.tags)


def measured(life: Life, turns: Turns, book: Book) -> list[Fact]:
    """All that the life measures up to its end; of a ticket that was merged or removed none of it counts."""
    told = _Told(life, turns, book)
    return [
        *told.beginning(),
        *told.first_replies(),
        *told.reply_times(),
        *told.resolutions(),
        *told.reopenings(),
        *told.endings(),
        *told.ratings(),
    ]


@dataclass(frozen=True)
class _Told:
    life: Life
    turns: Turns
    book: Book

    def _fact(
        self, metric: str, ordinal: int, value: int, step: Step, credit: tuple[str, str], met: int = -1, level: int = 0
    ) -> Fact:
        agent, team = credit
        d = step.dimensions
        return Fact(metric, ordinal, value, step.at, self.book.hour(step.at), d.channel, team, agent, d.priority, met, level)

    def beginning(self) -> Iterator[Fact]:
        first, opening = self.life.steps[0], self.life.opening
        if opening:
            credit = (opening.event.agent, opening.event.team or opening.dimensions.team)
            yield self._fact("tickets_opened", 0, 1, opening, credit)
        if self.life.adopted:
            yield self._fact("adopted", 0, 1, first, (first.dimensions.agent, first.dimensions.team))

    def first_replies(self) -> Iterator[Fact]:
        opening = self.life.opening
        if not self.life.whole or opening is None or opening.event.text("direction", "in") != "in":
            return
        began = opening.at
        any_reply = [s for s in self.life.steps if s.did & {Did.HUMAN_REPLY, Did.MACHINE_REPLY}]
        if any_reply:
            yield self._fact("frt_any", 0, any_reply[0].at - began, any_reply[0], sender(any_reply[0]))
        for reply in self.life.when(Did.HUMAN_REPLY)[:1]:
            took = reply.at - began
            then = self.book.at(began)
            met = then.met("frt_human", *terms(self.life, opening, reply), took)
            yield self._fact("frt_human", 0, took, reply, sender(reply), met, then.level(reply.dimensions.channel, took))

    def reply_times(self) -> Iterator[Fact]:
        for answer in self.turns.answers:
            reply, turn = answer.reply, answer.turn
            took = reply.at - turn.started
            met = self.book.at(turn.started).met("reply_time", *terms(self.life, turn.message, reply), took)
            yield self._fact("reply_time", turn.number, took, reply, sender(reply), met)
            if turn.number >= 2:
                yield self._fact("next_response_time", turn.number, took, reply, sender(reply))

    def resolutions(self) -> Iterator[Fact]:
        resolved = self.life.when(Did.RESOLUTION)
        opened = self.life.opening.at if self.life.opening else None
        began = {1: opened if self.life.whole else None, **{s.cycle: s.at for s in self.life.when(Did.REOPENING)}}
        for step in resolved:
            yield self._fact("resolved_events", step.cycle, 1, step, resolver(step))
            start = began[step.cycle]
            if start is not None:
                yield self._fact("cycle_resolution_time", step.cycle, step.at - start, step, resolver(step))
        if not resolved or opened is None:
            return
        first, last = resolved[0], resolved[-1]
        yield self._fact("full_resolution_time", 0, last.at - opened, last, resolver(last))
        if not self.life.whole:
            return
        yield self._fact("first_resolution_time", 0, first.at - opened, first, resolver(first))
        human = self.life.when(Did.HUMAN_REPLY)
        one = counted_replies(self.life.steps[: self.life.steps.index(first)], self.book) == 1 and all(
            s.cycle == 1 for s in human
        )
        zero = not human and all(s.event.actor != "agent" for s in resolved)
        yield self._fact("one_touch", 0, int(one), first, resolver(first))
        yield self._fact("zero_touch", 0, int(zero), first, resolver(first))

    def reopenings(self) -> Iterator[Fact]:
        steps = self.life.steps
        for index, step in enumerate(steps):
            if Did.REOPENING not in step.did:
                continue
            undone = [s for s in steps[:index] if Did.RESOLUTION in s.did][-1:]
            value, credit = (step.at - undone[0].at, resolver(undone[0])) if undone else (0, ("", ""))
            yield self._fact("reopened", step.cycle, value, step, credit)
            yield from self._reopen_response(step, [s for s in steps[index + 1 :] if s.cycle == step.cycle])

    def _reopen_response(self, reopening: Step, cycle: list[Step]) -> Iterator[Fact]:
        """Of the first human reply of a later cycle, from the message that reopened it."""
        started = self.turns.reopened_by.get(reopening.cycle)
        for step in cycle:
            if Did.HUMAN_REPLY in step.did:
                if started is not None:
                    yield self._fact("reopen_response_time", step.cycle, step.at - started, step, sender(step))
                return
            if Did.MESSAGE in step.did and step.after == "open" and started is None:
                started = step.at

    def endings(self) -> Iterator[Fact]:
        ended: list[Step] = []
        for step in self.life.steps:
            if step.did & {Did.RESOLUTION, Did.ABANDONMENT}:
                ended.append(step)
            if Did.RETURN in step.did:
                ended.pop()
        for number, step in enumerate(ended, start=1):
            if Did.ABANDONMENT in step.did:
                yield self._fact("abandonment", number, 1, step, (step.dimensions.agent, step.dimensions.team))
            else:
                yield self._fact("abandonment", number, 0, step, resolver(step))

    def ratings(self) -> Iterator[Fact]:
        last_of: dict[str, Step] = {}
        for step in self.life.when(Did.RATING):
            last_of[step.event.text("survey")] = step
        for index, step in enumerate(last_of.values()):
            credit = last_human(self.life, step)
            yield self._fact("csat", index, stars(step), step, credit, int(stars(step) in (4, 5)))


def terms(life: Life, since: Step, reply: Step) -> tuple[str, str]:
    """Channel and priority that a wait is judged by: before the first `updated` amid it that changed them, each for itself."""
    wait = life.steps[life.steps.index(since) : life.steps.index(reply) + 1]

    def judged(name: str) -> str:
        of = [(step.event.kind, str(getattr(step.dimensions, name))) for step in wait]
        lost = [before for (_, before), (kind, after) in pairwise(of) if kind == "updated" and after != before]
        return [*lost, of[-1][1]][0]

    return judged("channel"), judged("priority")


def sender(step: Step) -> tuple[str, str]:
    event = step.event
    name = event.agent or (event.actor if event.actor in ("bot", "system") else "")
    return name, event.team or step.dimensions.team


def resolver(step: Step) -> tuple[str, str]:
    event = step.event
    by_actor = {"bot": "bot", "system": "system", "customer": ""}
    name = event.agent or by_actor.get(event.actor, step.dimensions.agent)
    return name, event.team or step.dimensions.team


def last_human(life: Life, before: Step) -> tuple[str, str]:
    """Agent and team of the last human sender before a step, as of then."""
    sent = [s for s in life.steps[: life.steps.index(before)] if Did.HUMAN_REPLY in s.did]
    return sender(sent[-1]) if sent else ("", "")


def counted_replies(steps: Sequence[Step], book: Book) -> int:
    """Human replies; on a real-time channel those of one sitting are one."""
    count, sitting = 0, False
    for step in steps:
        if Did.HUMAN_REPLY in step.did:
            realtime = book.at(step.at).class_of(step.dimensions.channel) == "realtime"
            count += not (realtime and sitting)
            sitting = True
        elif step.did & {Did.MESSAGE, Did.RESOLUTION, Did.ABANDONMENT, Did.REOPENING, Did.RETURN}:
            sitting = False
    return count


def _above(step: Step) -> int:
    return int(step.event.told["rating"]) - int(step.event.told["scale_min"])


def _span(step: Step) -> int:
    return int(step.event.told["scale_max"]) - int(step.event.told["scale_min"])


def stars(step: Step) -> int:
    """1 to 5, halves up."""
    return 1 + (8 * _above(step) + _span(step)) // (2 * _span(step))
