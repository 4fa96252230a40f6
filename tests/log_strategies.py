"""Whole logs of one partition: several accounts, late and repeated and conflicting events, ties, ticks, settings, and what is no event.

A log is drawn event by event from few names and few instants, so that collisions are common and a failure shrinks to its core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.oracle.placing import place
from tests.settings_strategies import UNWORKABLE, configured, policies, rules
from tests.timeline import Record, Said, Timeline, log, ms

PARTITIONS = 2
NUMBER = 0
_NAMES = ("acme", "bolt", "corp", "dune", "echo", "fern")
HERE = tuple(name for name in _NAMES if place(name, PARTITIONS) == NUMBER)[:2]
ELSEWHERE = next(name for name in _NAMES if place(name, PARTITIONS) != NUMBER)
START_MS = ms("2025-03-29 22:50")
"""An hour and ten minutes before the day on which Berlin loses an hour."""
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

_GAPS = (0, 0, 0, 1, SECOND, 20 * SECOND, MINUTE, MINUTE, 2 * MINUTE, 10 * MINUTE)
_LONG_GAPS = (*_GAPS, *_GAPS, *_GAPS, 3 * HOUR, DAY - MINUTE, 46 * DAY)
_LATE = (0, 0, 0, 0, 1, SECOND, MINUTE, 7 * MINUTE, HOUR)
_VERY_LATE = (*_LATE, DAY - MINUTE, DAY, 44 * DAY, 45 * DAY, 45 * DAY + 1, 60 * DAY)
_AHEAD = (0, 0, 0, 0, SECOND, 2 * MINUTE, 2 * MINUTE + 1)


def maybe(**choices: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each field said or left out."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in choices.items()})


_WHO: dict[str, Sequence[Any]] = {"agent": ("ann", "bob"), "team": ("north", "south"), "sequence": (0, 1, 2)}
_TAGS: Sequence[list[str]] = (["vip"], ["late", "vip"], [])
_ACTORS = ("customer", "agent", "bot", "system")
_opened = maybe(
    channel=("chat", "email"),
    direction=("in", "in", "out"),
    customer=("c1", "c2"),
    priority=("high", "low"),
    tags=_TAGS,
    brand=("shoes",),
    language=("en",),
    tier=("gold",),
    missed=(False, False, True),
    **_WHO,
)
_replied = st.tuples(
    st.sampled_from(("customer", "customer", "agent", "agent", "bot", "system")),
    maybe(public=(True, True, False), customer=("c1",), **_WHO),
)
_updated = maybe(
    status=("open", "pending", "solved", "Closed", ""),
    assignee=("ann", "bob", ""),
    team=("north", "south", ""),
    priority=("high", "low", ""),
    channel=("chat", "email", "facebook"),
    tags=_TAGS,
    actor=_ACTORS,
    agent=("ann",),
    sequence=(0, 1),
)
_resolved = maybe(actor=_ACTORS, **_WHO)
_RATINGS = ((1, 1, 5), (3, 1, 5), (4, 1, 5), (5, 1, 5), (6, 0, 10), (7, 0, 10), (6, 1, 10), (2, 1, 3), (1, 0, 1))
"""Rating and its scale: also such as lie above the middle and have three stars."""
_rated = st.tuples(st.sampled_from(_RATINGS), maybe(survey=("", "second"), kind=("csat", "csat", "nps"), sequence=(0, 1)))
_TICKETS = st.sampled_from(("1", "1", "2", "3"))
ONE_IN = {n: st.integers(1, n).map(lambda drawn: drawn == 1) for n in (4, 8, 20)}

NO_EVENTS: tuple[tuple[bytes | None, str], ...] = (
    (None, "not_json"),
    (b"", "not_json"),
    (b"{", "not_json"),
    (b"\xff\xfe", "not_json"),
    (b"[]", "not_an_event"),
    (b'{"type":1}', "not_an_event"),
    (b'{"type":"com.example.thing"}', "unknown_type"),
    (b'{"type":"deskpulse.ticket.opened.v9"}', "unknown_version"),
    (b'{"type":"deskpulse.ticket.opened.v1"}', "invalid"),
)


@dataclass(frozen=True)
class Kinds:
    """What a log may hold beside ticket events in their time."""

    gaps: Sequence[int] = _GAPS
    late: Sequence[int] = _LATE
    ahead: Sequence[int] = (0,)
    settings: bool = False
    others: bool = False
    """Ticks, orders, accounts that live elsewhere, and what is no event."""


CALM = Kinds()
"""An hour or so, nothing refused: whatever the order, the tickets are the same."""
WILD = Kinds(_LONG_GAPS, _VERY_LATE, _AHEAD, settings=True, others=True)


@st.composite
def logs(draw: Callable[..., Any], kinds: Kinds = WILD, accounts: Sequence[str] = HERE, most: int = 30) -> list[Record]:
    """Records of partition `NUMBER` of `PARTITIONS`."""
    lines = {name: Timeline("2025-03-29", account=name) for name in (*accounts, ELSEWHERE)}
    said: list[Said | bytes | None] = []
    now = START_MS
    for _ in range(draw(st.integers(1, most))):
        now += draw(st.sampled_from(kinds.gaps))
        at = now - draw(st.sampled_from(kinds.late)) + draw(st.sampled_from(kinds.ahead))
        if kinds.others and draw(ONE_IN[8]):
            other = _draw_other(draw, lines, now, at)
            said.append(other)
            continue
        line = lines[draw(st.sampled_from(accounts))]
        moment = line.at_ms(at).received_ms(now)
        if kinds.settings and draw(ONE_IN[8]):
            told = draw(st.sampled_from(UNWORKABLE)) if draw(ONE_IN[8]) else draw(configured)
            if draw(ONE_IN[4]):
                told = {**told, "effective_ms": now + draw(st.sampled_from((-HOUR, 0, HOUR)))}
            moment.configured(**told)
        else:
            _draw_event(draw, moment)
        said.append(line.said[-1])
    return _numbered(said)


def _draw_other(draw: Callable[..., Any], lines: dict[str, Timeline], now: int, at: int) -> Said | bytes | None:
    kind = draw(st.sampled_from(("tick", "tick", "tick", "order", "elsewhere", "garbage")))
    if kind == "garbage":
        return draw(st.sampled_from([value for value, _ in NO_EVENTS]))  # type: ignore[no-any-return]
    line = lines[ELSEWHERE if kind == "elsewhere" else draw(st.sampled_from(HERE))]
    moment = line.at_ms(now if kind == "tick" else at).received_ms(now)
    if kind == "tick":
        moment.tick()
    elif kind == "order":
        moment.ordered()
    else:
        moment.opened()
    return line.said[-1]


def _draw_event(draw: Callable[..., Any], moment: Any) -> None:
    ticket = draw(_TICKETS)
    kind = draw(
        st.sampled_from(
            (
                "opened",
                "opened",
                "replied",
                "replied",
                "replied",
                "replied",
                "resolved",
                "reopened",
                "updated",
                "updated",
                "abandoned",
                "rated",
                "left",
            )
        )
    )
    # An id drawn from few is sometimes one that was there before, with this or another content.
    named = {"id": f"again-{draw(st.integers(1, 3))}"} if draw(ONE_IN[8]) else {}
    match kind:
        case "opened":
            moment.opened(ticket, **{"channel": "chat", **draw(_opened)}, **named)
        case "replied":
            actor, told = draw(_replied)
            moment.replied(actor, ticket, **told, **named)
        case "resolved":
            moment.resolved(ticket, **draw(_resolved), **named)
        case "reopened":
            moment.reopened(ticket, **draw(maybe(sequence=(0, 1))), **named)
        case "updated":
            moment.updated(ticket, **draw(_updated), **named)
        case "abandoned":
            moment.abandoned(ticket, **named)
        case "rated":
            (rating, low, high), told = draw(_rated)
            moment.rated(rating, ticket, low=low, high=high, **told, **named)
        case _ if draw(ONE_IN[4]):
            moment.removed(ticket, **named)
        case _:
            moment.merged(ticket, "2", **named)


@st.composite
def busy_logs(draw: Callable[..., Any], most: int = 25) -> list[Record]:
    """One account's chat and e-mail, answered fast or slowly under a rule that a few replies can set off; also late, also silent."""
    line = Timeline("2025-03-29", account=HERE[0])
    now = START_MS
    line.at_ms(now).configured(effective_ms=0, **{**draw(configured), "rules": draw(rules)})
    for number in range(draw(st.integers(2, most))):
        now += draw(
            st.sampled_from(
                (
                    0,
                    10 * SECOND,
                    MINUTE,
                    MINUTE,
                    MINUTE,
                    MINUTE,
                    2 * MINUTE,
                    2 * MINUTE,
                    2 * MINUTE,
                    3 * MINUTE,
                    10 * MINUTE,
                    DAY + MINUTE,
                )
            )
        )
        if draw(ONE_IN[4]):
            line.at_ms(now).tick()
            now += draw(st.sampled_from((0, 0, 10 * SECOND)))
        if draw(ONE_IN[8]):
            line.at_ms(now - draw(st.sampled_from((0, MINUTE)))).received_ms(now).configured(
                **{**draw(configured), "rules": draw(rules)}
            )
        took = draw(st.sampled_from((60, 60, 60, 90, 300, 900))) * SECOND
        at = now - draw(st.sampled_from((0, 0, 0, MINUTE, 3 * MINUTE, DAY)))
        ticket, team = f"t{number}", draw(st.sampled_from(({}, {"team": "north"})))
        line.at_ms(at - took).received_ms(now).opened(ticket, draw(st.sampled_from(("chat", "chat", "email"))), **team)
        line.at_ms(at).received_ms(now).agent(ticket)
    return log(line.said)


@st.composite
def silent_logs(draw: Callable[..., Any], most: int = 25, *, changing: bool = True) -> list[Record]:
    """One account whose unanswered tickets lapse: with late answers, customers who come back, ticks, and policies that may change."""
    line = Timeline("2025-03-29", account=HERE[0])
    now = START_MS
    line.at_ms(now).configured(effective_ms=0, abandonment=[{"silence_ms": 2 * MINUTE, "unanswered_end": True}])
    for _ in range(draw(st.integers(2, most))):
        now += draw(st.sampled_from((0, 10 * SECOND, MINUTE, MINUTE, 2 * MINUTE, 2 * MINUTE + 1, 5 * MINUTE, HOUR)))
        at = now - draw(st.sampled_from((0, 0, 0, SECOND, MINUTE, 3 * MINUTE, HOUR)))
        if draw(ONE_IN[4]):
            line.at_ms(now).tick()
        elif changing and draw(ONE_IN[8]):
            since = now - draw(st.sampled_from((0, 0, HOUR)))
            line.at_ms(now).configured(effective_ms=since, grace_ms=draw(st.sampled_from((0, 5_000))), abandonment=draw(policies))
        else:
            _draw_event(draw, line.at_ms(at).received_ms(now))
    return log(line.said)


def _numbered(said: Sequence[Said | bytes | None]) -> list[Record]:
    records: list[Record] = []
    received_at = START_MS
    for offset, one in enumerate(said):
        if isinstance(one, Said):
            received_at = one.received_at_ms
            records.append((offset, received_at, one.account.encode(), one.value))
        else:
            records.append((offset, received_at, b"?", one))
    return records


def renumbered(records: Sequence[Record]) -> list[Record]:
    """The same records as a log of their own."""
    return [(offset, *record[1:]) for offset, record in enumerate(records)]
