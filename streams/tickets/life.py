"""What one more event, the newest in order, does to a ticket and its facts. Rules: docs/semantics.md, section 2.

Law: stepping through a history in order gives the same ticket, however it arrived.
"""

from __future__ import annotations

from msgspec.structs import replace

from events import metrics as m
from events.derived import Fact
from streams.book import Book
from streams.tickets import moment
from streams.tickets.moment import Moment
from streams.tickets.ticket import Ticket

Change = tuple[int, Fact]
"""+1 and a fact now asserted, or -1 and one no longer."""
Changes = list[Change]
CLOSED = frozenset({"solved", "closed", "resolved"})
"""Statuses a helpdesk calls closed, in lower case."""


def step(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """Apply `e`, which sorts after all of the history, and append what that changes."""
    t.updated_at = e.at
    if t.status in ("merged", "removed"):
        return
    if not t.began:
        _begin(t, e, book, changes)
        return
    rank = e.rank
    if rank == moment.REPLIED:
        if e.public:
            _reply(t, e, book, changes)
    elif rank == moment.CUSTOMER:
        if e.public:
            _customer(t, e.at, e.rest[0], changes)
    elif rank == moment.OPENED:
        _open_late(t, e, changes)
    else:
        _others(t, e, book, changes)


def _others(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    rank = e.rank
    if rank == moment.RESOLVED:
        _resolve(t, e, book, changes)
    elif rank == moment.UPDATED:
        _update(t, e)
        _follow_status(t, e, book, changes)
    elif rank == moment.REOPENED:
        _reopen(t, e.at, book, changes)
    elif rank == moment.SURVEYED:
        _rate(t, e, book, changes)
    elif rank == moment.ABANDONED:
        _abandon(t, e.at, book, changes)
    elif rank == moment.MERGED:
        _leave(t, "merged", changes)
        t.merged_into = e.rest[0]
    elif rank == moment.REMOVED:
        _leave(t, "removed", changes)


def _put(t: Ticket, fact: Fact, changes: Changes) -> None:
    key = fact.metric << 20 | fact.ordinal
    facts = t.facts
    before = facts.get(key)
    if before is not None:
        if before == fact:
            return
        changes.append((-1, before))
    facts[key] = fact
    changes.append((1, fact))


def _drop(t: Ticket, metric: int, ordinal: int, changes: Changes) -> None:
    before = t.facts.pop(metric << 20 | ordinal, None)
    if before is not None:
        changes.append((-1, before))


def _begin(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """The first event decides whether the ticket is whole or partial."""
    t.began = True
    rank = e.rank
    if rank == moment.OPENED:
        _open(t, e, book, changes)
    elif rank in (moment.SURVEYED, moment.RESOLVED, moment.ABANDONED, moment.MERGED, moment.REMOVED):
        if rank == moment.SURVEYED:
            t.status = "resolved"
        _others(t, e, book, changes)
    elif rank == moment.REOPENED:
        t.status = "resolved"
        _reopen(t, e.at, book, changes)
    else:
        if rank == moment.UPDATED:
            _update(t, e)
            if (e.rest[0] or "").lower() in CLOSED:
                t.status = "resolved"
                return
        adopted = Fact(m.ADOPTED, 0, 1, e.at, book.hour(e.at), t.channel, t.team, t.agent, t.priority)
        _put(t, adopted, changes)
        step(t, e, book, changes)


def _open(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    direction, t.channel, t.customer, t.priority, tags, t.brand, t.language, t.tier, _ = e.rest
    t.tags = tuple(tags)
    t.team, t.agent = e.team, e.agent
    t.whole = True
    t.opened_at = t.cycle_from = e.at
    hour = t.opened_hour = book.hour(e.at)
    _put(t, Fact(m.TICKETS_OPENED, 0, 1, e.at, hour, t.channel, t.team, e.agent, t.priority), changes)
    if direction == "in":
        t.asked = True
        t.turn = 1
        t.waiting_since = e.at


def _open_late(t: Ticket, e: Moment, changes: Changes) -> None:
    """An opening that does not come first fills what is unknown; the ticket stays partial."""
    direction, channel, customer, priority, tags, brand, language, tier, _ = e.rest
    t.channel = t.channel or channel
    t.customer = t.customer or customer
    t.priority = t.priority or priority
    t.tags = t.tags or tuple(tags)
    t.brand = t.brand or brand
    t.language = t.language or language
    t.tier = t.tier or tier
    t.team = t.team or e.team
    t.agent = t.agent or e.agent
    if direction == "in":
        _customer(t, e.at, customer, changes)


def _customer(t: Ticket, at: int, customer: str, changes: Changes) -> None:
    t.customer = t.customer or customer
    t.sitting = False
    if t.status == "resolved":
        if t.pending is None:
            t.pending = at
        return
    if t.status == "abandoned":
        _return(t, changes)
    if t.waiting_since is None:
        t.turn += 1
        t.waiting_since = at
    if t.cycle > 1 and t.cycle_message is None and not t.cycle_answered:
        t.cycle_message = at


def _reply(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    at = e.at
    human = e.actor == "agent"
    agent = e.agent if human or e.agent else e.actor
    team = e.team or t.team
    channel, priority = t.channel, t.priority
    hour = book.hour(at)
    start = t.opened_at
    if t.asked and not t.touched and start is not None:
        t.touched = True
        _put(t, Fact(m.FRT_ANY, 0, at - start, at, hour, channel, team, agent, priority), changes)
    if not human:
        return
    if t.first_replied_at is None:
        t.first_replied_at = at
        if t.asked and start is not None:
            took = t.first_response_ms = at - start
            t.level = book.level(channel, start, took)
            met = book.met("frt_human", channel, priority, start, took)
            _put(t, Fact(m.FRT_HUMAN, 0, took, at, hour, channel, team, agent, priority, met, t.level), changes)
        _rejudge(t, m.ZERO_TOUCH, changes)
    since = t.waiting_since
    if since is not None:
        t.waiting_since = None
        turn = t.turn
        met = book.met("reply_time", channel, priority, since, at - since)
        _put(t, Fact(m.REPLY_TIME, turn, at - since, at, hour, channel, team, agent, priority, met), changes)
        if turn > 1:
            _put(t, Fact(m.NEXT_RESPONSE_TIME, turn, at - since, at, hour, channel, team, agent, priority), changes)
    if t.cycle > 1:
        if not t.cycle_answered:
            t.cycle_answered = True
            asked = t.cycle_message
            if asked is not None:
                waited = Fact(m.REOPEN_RESPONSE_TIME, t.cycle, at - asked, at, hour, channel, team, agent, priority)
                _put(t, waited, changes)
        _rejudge(t, m.ONE_TOUCH, changes)
    if not (t.sitting and book.is_realtime(channel, at)):
        t.replies += 1
    t.sitting = True
    t.last_agent, t.last_team = agent, team


def _rejudge(t: Ticket, metric: int, changes: Changes) -> None:
    """A later touch makes the yes of a first resolution a no, where it was counted."""
    judged = t.facts.get(metric << 20)
    if judged is not None and judged.value:
        _put(t, replace(judged, value=0), changes)


def _resolve(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    if t.status != "open":
        return
    at, actor = e.at, e.actor
    agent = e.agent
    if not agent and actor != "customer":
        agent = t.agent if actor == "agent" else actor
    team = e.team or t.team
    channel, priority = t.channel, t.priority
    hour = book.hour(at)
    t.status = "resolved"
    t.resolved_at = at
    t.waiting_since = t.pending = None
    t.sitting = False
    t.resolver, t.resolver_team = agent, team
    t.endings += 1
    _put(t, Fact(m.RESOLVED_EVENTS, t.cycle, 1, at, hour, channel, team, agent, priority), changes)
    _put(t, Fact(m.ABANDONMENT, t.endings, 0, at, hour, channel, team, agent, priority), changes)
    if t.cycle_from is not None:
        took = at - t.cycle_from
        _put(t, Fact(m.CYCLE_RESOLUTION_TIME, t.cycle, took, at, hour, channel, team, agent, priority), changes)
    if actor == "agent":
        _rejudge(t, m.ZERO_TOUCH, changes)
    opened = t.opened_at
    if opened is None:
        return
    took = at - opened
    if t.resolution_ms is None:
        one = int(t.replies == 1)
        zero = int(t.first_replied_at is None and actor != "agent")
        _put(t, Fact(m.FIRST_RESOLUTION_TIME, 0, took, at, hour, channel, team, agent, priority), changes)
        _put(t, Fact(m.ONE_TOUCH, 0, one, at, hour, channel, team, agent, priority), changes)
        _put(t, Fact(m.ZERO_TOUCH, 0, zero, at, hour, channel, team, agent, priority), changes)
    t.resolution_ms = took
    _put(t, Fact(m.FULL_RESOLUTION_TIME, 0, took, at, hour, channel, team, agent, priority), changes)


def _reopen(t: Ticket, at: int, book: Book, changes: Changes) -> None:
    if t.status == "abandoned":
        _return(t, changes)
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
    _put(t, reopened, changes)
    t.cycle_message = t.pending
    if t.pending is not None:
        t.turn += 1
        t.waiting_since, t.pending = t.pending, None


def _abandon(t: Ticket, at: int, book: Book, changes: Changes) -> None:
    if t.status != "open":
        return
    t.status = "abandoned"
    t.abandoned_at = at
    t.set_aside, t.waiting_since = t.waiting_since, None
    t.sitting = False
    t.endings += 1
    left = Fact(m.ABANDONMENT, t.endings, 1, at, book.hour(at), t.channel, t.team, t.agent, t.priority)
    _put(t, left, changes)


def _return(t: Ticket, changes: Changes) -> None:
    """The customer came back: the abandonment is as if it had not been."""
    _drop(t, m.ABANDONMENT, t.endings, changes)
    t.endings -= 1
    t.status = "open"
    t.abandoned_at = None
    t.waiting_since, t.set_aside = t.set_aside, None
    t.sitting = False


def _update(t: Ticket, e: Moment) -> None:
    _, assignee, team, priority, channel, tags = e.rest
    if assignee is not None:
        t.agent = assignee
    if team is not None:
        t.team = team
    if priority is not None:
        t.priority = priority
    if channel is not None:
        t.channel = channel
    if tags is not None:
        t.tags = tuple(tags)


def _follow_status(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """A helpdesk that tells the new status only: the edge is ours to see."""
    status = e.rest[0]
    if not status:
        return
    if status.lower() in CLOSED:
        _resolve(t, e, book, changes)
    else:
        _reopen(t, e.at, book, changes)


def _rate(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    kind, rating, low, high, survey, _ = e.rest
    if kind != "csat":
        return
    if survey not in t.surveys:
        t.surveys.append(survey)
    n, d = rating - low, high - low
    t.rating = stars = 1 + (8 * n + d) // (2 * d)
    met = int(2 * n > d)
    ordinal = t.surveys.index(survey)
    rated = Fact(m.CSAT, ordinal, stars, e.at, book.hour(e.at), t.channel, t.last_team, t.last_agent, t.priority, met)
    _put(t, rated, changes)


def _leave(t: Ticket, status: str, changes: Changes) -> None:
    """Merged or removed: nothing of it counts any more, where it was counted."""
    changes.extend((-1, fact) for fact in t.facts.values())
    t.facts.clear()
    t.status = status
    t.waiting_since = None
