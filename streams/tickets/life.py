"""What one more event, the newest in order, does to a ticket and its facts. Rules: docs/semantics.md, section 2.

Law: stepping through a history in order gives the same ticket, however it arrived.
"""

from __future__ import annotations

from events import metrics as m
from events.derived import Fact
from streams.book import Book
from streams.tickets import moment
from streams.tickets.endings import abandon, come_back, leave, reopen, resolve
from streams.tickets.moment import Moment
from streams.tickets.telling import Changes, put, rejudge
from streams.tickets.ticket import Terms, Ticket

CLOSED = frozenset({"solved", "closed", "resolved"})
"""Statuses a helpdesk calls closed, in lower case."""


def step(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """Apply `e`, which sorts after all of the history, and append what that changes."""
    t.updated_at = e.at
    if t.status in ("merged", "removed"):
        return
    if t.gap or not t.began:
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
        resolve(t, e, book, changes)
    elif rank == moment.UPDATED:
        _update(t, e)
        _follow_status(t, e, book, changes)
    elif rank == moment.REOPENED:
        reopen(t, e.at, book, changes)
    elif rank == moment.SURVEYED:
        _rate(t, e, book, changes)
    elif rank == moment.ABANDONED:
        abandon(t, e.at, book, changes)
    elif rank == moment.MERGED:
        leave(t, "merged", changes)
        t.merged_into = e.rest[0]
    elif rank == moment.REMOVED:
        leave(t, "removed", changes)


def _begin(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """The first event decides whether the ticket is whole or partial; the first that was seen, if the opening was missed."""
    had_opened, t.gap = t.gap, False
    t.began = True
    rank = e.rank
    if rank == moment.OPENED:
        if not moment.is_missed(e):
            _open(t, e, book, changes)
            return
        t.gap = True
        if had_opened:
            _open_late(t, e, changes)
        else:
            _describe(t, e, book, changes)
    elif rank in (moment.SURVEYED, moment.RESOLVED, moment.ABANDONED, moment.MERGED, moment.REMOVED):
        if rank == moment.SURVEYED:
            t.status = "resolved"
        _others(t, e, book, changes)
    elif rank == moment.REOPENED:
        t.status = "resolved"
        reopen(t, e.at, book, changes)
    else:
        if rank == moment.UPDATED:
            _update(t, e)
            if (e.rest[0] or "").lower() in CLOSED:
                t.status = "resolved"
                return
        if not had_opened:
            adopted = Fact(m.ADOPTED, 0, 1, e.at, book.hour(e.at), t.channel, t.team, t.agent, t.priority)
            put(t, adopted, changes)
        step(t, e, book, changes)


def _describe(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    """What an opening says, and that it was."""
    _, t.channel, t.customer, t.priority, tags, t.brand, t.language, t.tier = e.rest[:8]
    t.tags = tuple(tags)
    t.team, t.agent = e.team, e.agent
    t.opened_at = e.at
    hour = t.opened_hour = book.hour(e.at)
    put(t, Fact(m.TICKETS_OPENED, 0, 1, e.at, hour, t.channel, t.team, e.agent, t.priority), changes)


def _open(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    _describe(t, e, book, changes)
    t.whole = True
    t.cycle_from = e.at
    if e.rest[0] == "in":
        t.asked = True
        t.turn = 1
        t.waiting_since = e.at


def _open_late(t: Ticket, e: Moment, changes: Changes) -> None:
    """An opening that does not come first fills what is unknown; the ticket stays partial."""
    direction, channel, customer, priority, tags, brand, language, tier = e.rest[:8]
    t.channel = t.channel or channel
    t.customer = t.customer or customer
    t.priority = t.priority or priority
    t.tags = t.tags or tuple(tags)
    t.brand = t.brand or brand
    t.language = t.language or language
    t.tier = t.tier or tier
    t.team = t.team or e.team
    t.agent = t.agent or e.agent
    if direction == "in" and not moment.is_missed(e):
        _customer(t, e.at, customer, changes)


def _customer(t: Ticket, at: int, customer: str, changes: Changes) -> None:
    t.customer = t.customer or customer
    t.sitting = False
    if t.status == "resolved":
        if t.pending is None:
            t.pending = at
        return
    if t.status == "abandoned":
        come_back(t, changes)
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
        put(t, Fact(m.FRT_ANY, 0, at - start, at, hour, channel, team, agent, priority), changes)
    if not human:
        return
    if t.first_replied_at is None:
        t.first_replied_at = at
        if t.asked and start is not None:
            took = t.first_response_ms = at - start
            t.level = book.level(channel, start, took)
            met = book.met("frt_human", *_judged_by(t, t.first_terms), start, took)
            put(t, Fact(m.FRT_HUMAN, 0, took, at, hour, channel, team, agent, priority, met, t.level), changes)
            t.first_terms = None
        rejudge(t, m.ZERO_TOUCH, changes)
    since = t.waiting_since
    if since is not None:
        t.waiting_since = None
        turn = t.turn
        met = book.met("reply_time", *_judged_by(t, t.turn_terms), since, at - since)
        t.turn_terms = None
        put(t, Fact(m.REPLY_TIME, turn, at - since, at, hour, channel, team, agent, priority, met), changes)
        if turn > 1:
            put(t, Fact(m.NEXT_RESPONSE_TIME, turn, at - since, at, hour, channel, team, agent, priority), changes)
    if t.cycle > 1:
        if not t.cycle_answered:
            t.cycle_answered = True
            asked = t.cycle_message
            if asked is not None:
                waited = Fact(m.REOPEN_RESPONSE_TIME, t.cycle, at - asked, at, hour, channel, team, agent, priority)
                put(t, waited, changes)
        rejudge(t, m.ONE_TOUCH, changes)
    if not (t.sitting and book.is_realtime(channel, at)):
        t.replies += 1
    t.sitting = True
    t.last_agent, t.last_team = agent, team


def _judged_by(t: Ticket, older: Terms | None) -> tuple[str, str]:
    """Channel and priority that a wait is judged by: no change amid it makes a target of another."""
    channel, priority = older or (None, None)
    return t.channel if channel is None else channel, t.priority if priority is None else priority


def _remember(t: Ticket, channel: str | None, priority: str | None) -> None:
    """What an `updated` is about to change of the terms on which someone waits."""
    older = (
        None if channel is None or channel == t.channel else t.channel,
        None if priority is None or priority == t.priority else t.priority,
    )
    if older == (None, None):
        return
    if t.asked and t.first_replied_at is None:
        t.first_terms = _oldest(t.first_terms, older)
    if t.waiting_since is not None or t.set_aside is not None or t.pending is not None:
        t.turn_terms = _oldest(t.turn_terms, older)


def _oldest(known: Terms | None, older: Terms) -> Terms:
    if known is None:
        return older
    return older[0] if known[0] is None else known[0], older[1] if known[1] is None else known[1]


def _update(t: Ticket, e: Moment) -> None:
    _, assignee, team, priority, channel, tags = e.rest
    _remember(t, channel, priority)
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
        resolve(t, e, book, changes)
    else:
        reopen(t, e.at, book, changes)


def _rate(t: Ticket, e: Moment, book: Book, changes: Changes) -> None:
    kind, rating, low, high, survey, _ = e.rest
    if kind != "csat":
        return
    if survey not in t.surveys:
        t.surveys.append(survey)
    n, d = rating - low, high - low
    t.rating = stars = 1 + (8 * n + d) // (2 * d)
    met = int(stars >= 4)
    ordinal = t.surveys.index(survey)
    rated = Fact(m.CSAT, ordinal, stars, e.at, book.hour(e.at), t.channel, t.last_team, t.last_agent, t.priority, met)
    put(t, rated, changes)
