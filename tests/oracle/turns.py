"""The customer's turns: when the oldest unanswered message was, after each step, and how each turn ended. Section 2."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.life import Did, Life, Step


@dataclass(frozen=True)
class Turn:
    number: int
    message: Step
    """The oldest one in it that is unanswered: when it came the wait began."""

    @property
    def started(self) -> int:
        return self.message.at


@dataclass(frozen=True)
class Answer:
    turn: Turn
    reply: Step


@dataclass(frozen=True)
class Turns:
    answers: list[Answer]
    waiting: list[int | None]
    """After each step: start of the open turn."""
    reopened_by: dict[int, int]
    """Cycle -> the message that waited when it began."""


def take_turns(life: Life) -> Turns:
    told = Turns([], [], {})
    turn: Turn | None = None
    aside: Turn | None = None
    pending: Step | None = None
    number = 0
    for step in life.steps:
        if Did.ABANDONMENT in step.did:
            turn, aside = None, turn
        if Did.RETURN in step.did:
            turn, aside = aside, None
        if Did.REOPENING in step.did and pending is not None:
            number += 1
            turn = Turn(number, pending)
            told.reopened_by[step.cycle] = pending.at
            pending = None
        if Did.MESSAGE in step.did:
            if step.after == "open" and turn is None:
                number += 1
                turn = Turn(number, step)
            elif step.after == "resolved" and pending is None:
                pending = step
        if Did.HUMAN_REPLY in step.did and step.before == "open" and turn is not None:
            told.answers.append(Answer(turn, step))
            turn = None
        if Did.RESOLUTION in step.did:
            turn = pending = None
        told.waiting.append(turn.started if turn is not None and step.after == "open" else None)
    return told
