"""A history told step by step: what each event really did to its ticket, and how the ticket stood after it. Section 2."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import takewhile

from tests.oracle.history import Event

_CLOSED = ("solved", "closed", "resolved")


class Did(Enum):
    MESSAGE = auto()
    HUMAN_REPLY = auto()
    MACHINE_REPLY = auto()
    RESOLUTION = auto()
    REOPENING = auto()
    ABANDONMENT = auto()
    RETURN = auto()
    RATING = auto()
    LEAVING = auto()


@dataclass(frozen=True)
class Dimensions:
    channel: str = ""
    team: str = ""
    agent: str = ""
    """Who holds the ticket."""
    priority: str = ""
    tags: tuple[str, ...] = ()
    customer: str = ""
    brand: str = ""
    language: str = ""
    tier: str = ""


@dataclass(frozen=True)
class Step:
    event: Event
    did: frozenset[Did]
    before: str
    """Status the event found."""
    after: str
    cycle: int
    dimensions: Dimensions
    """After the event."""

    @property
    def at(self) -> int:
        return self.event.at


@dataclass(frozen=True)
class Life:
    steps: Sequence[Step]
    whole: bool
    """Nothing is missing from its opening on."""
    adopted: bool
    opening: Step | None
    last_at: int = 0
    """Time of the last event in order, whether it counted or not."""
    merged_into: str = ""
    dimensions: Dimensions = field(default_factory=Dimensions)
    status: str = "open"

    @property
    def left(self) -> bool:
        return self.status in ("merged", "removed")

    def when(self, did: Did) -> list[Step]:
        return [step for step in self.steps if did in step.did]


def live(history: Sequence[Event], left: Collection[str] = ()) -> Life:
    """The life that a history, in order, tells. Of the events in `left`, by id, an end counts as an abandonment."""
    missed = list(takewhile(_is_missed, history))
    seen = history[len(missed) :][:1]
    whole = bool(seen) and seen[0].kind == "opened"
    unadopted = ("opened", "surveyed", "reopened", "resolved", "abandoned", "merged", "removed")
    adopted = not missed and seen[0].kind not in unadopted and not _closes(seen[0])
    opening = seen[0] if whole else missed[0] if missed else None
    steps: list[Step] = []
    dimensions, cycle, into, status = Dimensions(), 1, "", "open"
    for event in history:
        if status in ("merged", "removed"):
            break
        if event in seen and (event.kind in ("surveyed", "reopened") or _closes(event)):
            status = "resolved"
        is_opening = event is history[0] or (whole and event in seen)
        dimensions = _described(dimensions, event, is_opening=is_opening)
        did, after = _effect(event, status, is_left=event.id in left)
        cycle += Did.REOPENING in did
        into = event.text("into") if event.kind == "merged" else into
        steps.append(Step(event, did, status, after, cycle, dimensions))
        status = after
    opened = [step for step in steps if step.event is opening]
    return Life(steps, whole, adopted, opened[0] if opened else None, history[-1].at, into, dimensions, status)


def _is_missed(event: Event) -> bool:
    """An opening that a later delivery told: what followed it was not seen."""
    return event.kind == "opened" and bool(event.told.get("missed"))


def _new_status(event: Event) -> str:
    """`closed`, `open`, or nothing, as far as an `updated` says."""
    said = event.told.get("status") if event.kind == "updated" else None
    if not said:
        return ""
    return "closed" if said.lower() in _CLOSED else "open"


def _closes(event: Event) -> bool:
    return _new_status(event) == "closed"


def _is_message(event: Event) -> bool:
    if event.kind == "opened":
        return event.text("direction", "in") == "in" and not _is_missed(event)
    return event.kind == "replied" and event.actor == "customer" and event.public


def _described(now: Dimensions, event: Event, *, is_opening: bool) -> Dimensions:
    told, text = event.told, event.text
    if event.kind == "opened":
        tags = tuple(told.get("tags", ()))
        new = Dimensions(
            text("channel"),
            event.team,
            event.agent,
            text("priority"),
            tags,
            text("customer"),
            text("brand"),
            text("language"),
            text("tier"),
        )
        if is_opening:
            return new
        return replace(now, **{name: getattr(now, name) or getattr(new, name) for name in Dimensions.__dataclass_fields__})
    if event.kind == "updated":
        names = {"channel": "channel", "team": "team", "assignee": "agent", "priority": "priority", "tags": "tags"}
        changed = {ours: told[theirs] for theirs, ours in names.items() if told.get(theirs) is not None}
        if "tags" in changed:
            changed["tags"] = tuple(changed["tags"])
        return replace(now, **changed)
    if _is_message(event):
        return replace(now, customer=now.customer or text("customer"))
    return now


def _effect(event: Event, status: str, *, is_left: bool) -> tuple[frozenset[Did], str]:
    """What the event did to a ticket of this status, and the status after it."""
    did: set[Did] = set()
    if _is_message(event):
        did.add(Did.MESSAGE)
    if event.kind == "replied" and event.actor != "customer" and event.public:
        did.add(Did.HUMAN_REPLY if event.actor == "agent" else Did.MACHINE_REPLY)
    if event.kind == "surveyed" and event.text("kind", "csat") == "csat":
        did.add(Did.RATING)
    wants_closed = event.kind == "resolved" or _closes(event)
    wants_open = event.kind == "reopened" or _new_status(event) == "open"
    match status:
        case "open" if wants_closed and is_left:
            return frozenset(did | {Did.ABANDONMENT}), "abandoned"
        case "open" if wants_closed:
            return frozenset(did | {Did.RESOLUTION}), "resolved"
        case "open" if event.kind == "abandoned":
            return frozenset(did | {Did.ABANDONMENT}), "abandoned"
        case "resolved" if wants_open:
            return frozenset(did | {Did.REOPENING}), "open"
        case "abandoned" if wants_open or Did.MESSAGE in did:
            return frozenset(did | {Did.RETURN}), "open"
    if event.kind in ("merged", "removed"):
        return frozenset({Did.LEAVING}), event.kind
    return frozenset(did), status
