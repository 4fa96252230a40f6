"""Abandonment that no helpdesk told: found one at a time, each by looking at the whole life as it is without it. Section 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle.history import Event
from tests.oracle.life import Did, Life, Step, live
from tests.oracle.settings import Book
from tests.oracle.turns import Turns, take_turns

_LAPSE = "lapse"


def live_with(history: Sequence[Event], book: Book, until_ms: int) -> tuple[Life, Turns]:
    """The life and its turns, with every silence that was too long before an instant, and every end that nobody answered."""
    events, left = list(history), set[str]()
    while True:
        life = live(events, left)
        turns = take_turns(life)
        lapse = _first_lapse(life, turns, book, events, until_ms)
        ended = _first_unanswered_end(life, turns, book)
        if ended is not None and (lapse is None or ended < lapse[0]):
            left.add(life.steps[ended].event.id)
        elif lapse is not None:
            events.insert(lapse[0] + 1, lapse[1])
        else:
            return _as_told(life, history), turns


def lapses_at(step: Step, waiting: int | None, book: Book) -> int | None:
    """When a silence after this step would be too long."""
    if step.after != "open" or waiting is None:
        return None
    silence = book.at(step.at).abandonment_of(step.dimensions.channel).silence_ms
    return None if silence is None else step.at + silence


def _first_lapse(life: Life, turns: Turns, book: Book, events: Sequence[Event], until_ms: int) -> tuple[int, Event] | None:
    for index, (step, waiting) in enumerate(zip(life.steps, turns.waiting, strict=True)):
        due = lapses_at(step, waiting, book)
        end = events[index + 1].at if index + 1 < len(events) else until_ms
        if due is not None and due < end:
            e = step.event
            return index, Event(e.account, e.source, e.ticket, "abandoned", _LAPSE, due, {}, "")
    return None


def _first_unanswered_end(life: Life, turns: Turns, book: Book) -> int | None:
    if not life.whole or life.opening is None or life.opening.event.text("direction", "in") != "in":
        return None
    for index, step in enumerate(life.steps):
        if Did.HUMAN_REPLY in step.did:
            return None
        waited = index > 0 and turns.waiting[index - 1] is not None
        policy = book.at(step.at).abandonment_of(step.dimensions.channel)
        if Did.RESOLUTION in step.did and waited and step.event.actor != "bot" and policy.unanswered_end:
            return index
    return None


def _as_told(life: Life, history: Sequence[Event]) -> Life:
    """A lapse is no event: the last event is one that came."""
    return replace(life, last_at=history[-1].at)
