"""How a ticket ends and comes back: resolution, abandonment, reopening, return, leaving for good."""

from __future__ import annotations

from events import metrics as m
from events.derived import Fact
from streams.book import Book
from streams.tickets.moment import Moment
from streams.tickets.telling import Changes, drop, put, rejudge
from streams.tickets.ticket import Ticket


def resolve(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    if t.status != "open":
        return
    at, actor = e.at, e.actor
    is_unanswered = t.first_replied_at is None and t.asked and t.waiting_since is not None and actor != "bot"
    if is_unanswered and book.is_abandoned_by_end(t.channel, at):
        abandon(t, at, book, changes)
        return
    agent = e.agent
    if not agent and actor != "customer":
        agent = t.agent if actor == "agent" else actor
    team = e.team or t.team
    channel, priority = t.channel, t.priority
    hour = book.hour(at)
    t.status = "resolved"
    t.resolved_at = at
    t.waiting_since = t.pending = t.turn_terms = None
    t.sitting = False
    t.resolver, t.resolver_team = agent, team
    t.endings += 1
    put(t, Fact(m.RESOLVED_EVENTS, t.cycle, 1, at, hour, channel, team, agent, priority), changes)
    put(t, Fact(m.ABANDONMENT, t.endings, 0, at, hour, channel, team, agent, priority), changes)
    if t.cycle_from is not None:
        took = at - t.cycle_from
        put(t, Fact(m.CYCLE_RESOLUTION_TIME, t.cycle, took, at, hour, channel, team, agent, priority), changes)
    if actor == "agent":
        rejudge(t, m.ZERO_TOUCH, changes)
    opened = t.opened_at
    if opened is None:
        return
    took = at - opened
    if t.resolution_ms is None and t.whole:
        one = int(t.replies == 1)
        zero = int(t.first_replied_at is None and actor != "agent")
        put(t, Fact(m.FIRST_RESOLUTION_TIME, 0, took, at, hour, channel, team, agent, priority), changes)
        put(t, Fact(m.ONE_TOUCH, 0, one, at, hour, channel, team, agent, priority), changes)
        put(t, Fact(m.ZERO_TOUCH, 0, zero, at, hour, channel, team, agent, priority), changes)
    t.resolution_ms = took
    put(t, Fact(m.FULL_RESOLUTION_TIME, 0, took, at, hour, channel, team, agent, priority), changes)


def reopen(t: Ticket, at: int, book: Book, changes: Changes) -> None:
    if t.status == "abandoned":
        come_back(t, changes)
        return
    if t.status != "resolved":
        return
    t.status = "open"
    t.cycle += 1
    t.reopens += 1
    t.cycle_from = at
    t.cycle_answered = t.sitting = False
    undone = 0 if t.resolved_at is None else at - t.resolved_at
    reopened = Fact(m.REOPENED, t.cycle, undone, at, book.hour(at), t.channel, t.resolver_team, t.resolver, t.priority)
    put(t, reopened, changes)
    t.cycle_message = t.pending
    if t.pending is not None:
        t.turn += 1
        t.waiting_since, t.pending = t.pending, None


def abandon(t: Ticket, at: int, book: Book, changes: Changes) -> None:
    if t.status != "open":
        return
    t.status = "abandoned"
    t.abandoned_at = at
    t.set_aside, t.waiting_since = t.waiting_since, None
    t.sitting = False
    t.endings += 1
    left = Fact(m.ABANDONMENT, t.endings, 1, at, book.hour(at), t.channel, t.team, t.agent, t.priority)
    put(t, left, changes)


def come_back(t: Ticket, changes: Changes) -> None:
    """The customer came back: the abandonment is as if it had not been."""
    drop(t, m.ABANDONMENT, t.endings, changes)
    t.endings -= 1
    t.status = "open"
    t.abandoned_at = None
    t.waiting_since, t.set_aside = t.set_aside, None
    t.sitting = False


def leave(t: Ticket, status: str, changes: Changes) -> None:
    """Merged or removed: nothing of it counts any more, where it was counted."""
    changes.retracted.extend(t.facts.values())
    t.facts.clear()
    t.status = status
    t.waiting_since = None
