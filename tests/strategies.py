"""Ticket histories as a helpdesk might tell them: few tickets, few names, short times, many ties. For the laws of the fold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from events import wire

START_MS = 1_741_080_000_000
"""2025-03-04T09:20:00Z."""
HOUR_MS = 3_600_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_actors = st.sampled_from(["customer", "agent", "agent", "bot", "system"])
_agents = st.sampled_from(["", "ann", "bob"])
_teams = st.sampled_from(["", "north", "south"])
_channels = st.sampled_from(["chat", "email", "facebook"])
_priorities = st.sampled_from(["", "high", "low"])
_tags = st.sampled_from([(), ("vip",), ("late", "vip")])
_sequences = st.sampled_from([0, 0, 0, 1, 2])
_statuses = st.sampled_from(["open", "pending", "solved", "Closed", ""])
_customers = st.sampled_from(["", "c1", "c2"])


def instant(epoch_ms: int) -> datetime:
    """Exact, where `fromtimestamp` goes through a float."""
    return _EPOCH + timedelta(milliseconds=epoch_ms)


def times_ms(start_ms: int = START_MS, span_ms: int = HOUR_MS) -> st.SearchStrategy[int]:
    """Instants of a span, half of them from a few that are often drawn twice: its ends, and edges of minutes."""
    edges = (0, 1, 1_000, 59_999, 60_000, 60_001, 119_999, 120_000, 600_000, 1_800_000, span_ms)
    ties = st.sampled_from([edge for edge in edges if edge <= span_ms])
    return (ties | st.integers(0, span_ms)).map(lambda after_ms: start_ms + after_ms)


def opened() -> st.SearchStrategy[wire.Opened]:
    return st.builds(
        wire.Opened,
        channel=_channels,
        direction=st.sampled_from(["in", "in", "in", "out"]),
        actor=st.sampled_from(["customer", "customer", "agent", "system"]),
        customer=_customers,
        agent=_agents,
        team=_teams,
        priority=_priorities,
        tags=_tags,
        brand=st.sampled_from(["", "shoes"]),
        language=st.sampled_from(["", "en"]),
        tier=st.sampled_from(["", "gold"]),
        missed=st.sampled_from([False, False, False, True]),
        sequence=_sequences,
    )


def replied() -> st.SearchStrategy[wire.Replied]:
    return st.builds(
        wire.Replied,
        actor=_actors,
        public=st.sampled_from([True, True, True, False]),
        agent=_agents,
        team=_teams,
        customer=_customers,
        sequence=_sequences,
    )


def updated() -> st.SearchStrategy[wire.Updated]:
    return st.builds(
        wire.Updated,
        actor=_actors,
        agent=_agents,
        status=st.none() | _statuses,
        assignee=st.none() | _agents,
        team=st.none() | _teams,
        priority=st.none() | _priorities,
        channel=st.none() | _channels,
        tags=st.none() | _tags,
        sequence=_sequences,
    )


def surveyed() -> st.SearchStrategy[wire.Surveyed]:
    scales = st.sampled_from([(0, 1), (1, 5), (0, 10), (101, 103)])
    return scales.flatmap(
        lambda scale: st.builds(
            wire.Surveyed,
            rating=st.integers(*scale),
            scale_min=st.just(scale[0]),
            scale_max=st.just(scale[1]),
            kind=st.sampled_from(["csat", "csat", "csat", "nps"]),
            survey=st.sampled_from(["", "s1", "s2"]),
            customer=_customers,
            sequence=_sequences,
        )
    )


_resolved = st.builds(wire.Resolved, actor=_actors, agent=_agents, team=_teams, sequence=_sequences)
_reopened = st.builds(wire.Reopened, actor=_actors, agent=_agents, team=_teams, sequence=_sequences)
_abandoned = st.builds(wire.Abandoned, actor=_actors, reason=st.sampled_from(["", "left"]), sequence=_sequences)
_merged = st.builds(wire.Merged, into=st.just("99"), sequence=_sequences)
_removed = st.builds(wire.Removed, reason=st.sampled_from(["spam", "deleted"]), sequence=_sequences)
_handled = st.builds(wire.Handled, agent=_agents, team=_teams, talk_ms=st.integers(0, 5000), sequence=_sequences)

_Kind = tuple[type[wire.TicketEvent], st.SearchStrategy[Any]]
_LIVELY: tuple[_Kind, ...] = (
    (wire.TicketReplied, replied()),
    (wire.TicketReplied, replied()),
    (wire.TicketReplied, replied()),
    (wire.TicketUpdated, updated()),
    (wire.TicketResolved, _resolved),
    (wire.TicketReopened, _reopened),
    (wire.TicketAbandoned, _abandoned),
    (wire.TicketSurveyed, surveyed()),
    (wire.TicketHandled, _handled),
)
# Endings that take everything back are drawn rarely: they would hide what the other events do.
_ANY: tuple[_Kind, ...] = (
    *_LIVELY,
    *_LIVELY,
    (wire.TicketOpened, opened()),
    (wire.TicketMerged, _merged),
    (wire.TicketRemoved, _removed),
)


@st.composite
def ticket_events(
    draw: st.DrawFn, event_id: str, account: str, source: str, ticket: str, times: st.SearchStrategy[int]
) -> wire.TicketEvent:
    """One event of one ticket, of any type."""
    envelope, payloads = draw(st.sampled_from(_ANY))
    return _event(envelope, event_id, account, source, ticket, draw(times), draw(payloads))


@st.composite
def histories(
    draw: st.DrawFn,
    account: str = "acme",
    source: str = "zendesk",
    tickets: Sequence[str] = ("1", "2"),
    *,
    start_ms: int = START_MS,
    span_ms: int = HOUR_MS,
    max_events: int = 12,
) -> list[wire.TicketEvent]:
    """Events of these tickets in an order of arrival that need not be theirs. Three of four tickets have their opening.

    Ids are unique, and sort in another order than the events arrive.
    """
    times = times_ms(start_ms, span_ms)
    ids = iter(draw(st.permutations([f"e{number:02}" for number in range(max_events + len(tickets))])))
    events: list[wire.TicketEvent] = []
    for ticket in tickets:
        if draw(st.sampled_from([True, True, True, False])):
            first_ms = start_ms + draw(st.sampled_from([0, 0, 1, 60_000]))
            events.append(_event(wire.TicketOpened, next(ids), account, source, ticket, first_ms, draw(opened())))
    for _ in range(draw(st.integers(0, max_events))):
        ticket = draw(st.sampled_from(list(tickets)))
        events.append(draw(ticket_events(next(ids), account, source, ticket, times)))
    return draw(st.permutations(events)) if draw(st.booleans()) else events


@st.composite
def with_rivals(draw: st.DrawFn, history: Sequence[wire.TicketEvent]) -> list[wire.TicketEvent]:
    """The history and, anywhere in it, some events that claim the id of another one but say something else."""
    events = list(history)
    for claimed in draw(st.lists(st.sampled_from(events), max_size=3)) if events else []:
        account, source = claimed.source.removeprefix("/").split("/")
        rival = draw(ticket_events(claimed.id, account, source, claimed.subject, times_ms()))
        events.insert(draw(st.integers(0, len(events))), rival)
    return events


def _event(
    envelope: type[wire.TicketEvent], event_id: str, account: str, source: str, ticket: str, time_ms: int, payload: Any
) -> wire.TicketEvent:
    return envelope(
        specversion="1.0",
        id=event_id,
        source=f"/{account}/{source}",
        subject=ticket,
        time=instant(time_ms),
        data=payload,
        vendor="zendesk",
    )
