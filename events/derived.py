"""What follows from events, as it travels: tickets, facts, minutes, positions. Msgpack arrays; append fields, never reorder.

Keys are UTF-8: `account/source/ticket` of a ticket and its facts, `account/minute` of a minute (epoch minutes),
`account/minute/gauges` of its gauges.
`version` is `position.version`: the epoch and the offset folded through.
"""

from __future__ import annotations

from msgspec import Struct

SCHEMA = 1
"""Of every record here. A reader refuses a newer one."""


class TicketRow(Struct, array_like=True, kw_only=True):
    """A ticket now: the head of a `tickets` record. Instants in epoch ms; unknown is None. State follows it, for the fold alone."""

    schema: int
    version: int
    account: str
    source: str
    ticket: str
    vendor: str = ""
    status: str = "open"
    """`open`, `resolved`, `abandoned`, `merged`, `removed`."""
    merged_into: str = ""
    customer: str = ""
    brand: str = ""
    language: str = ""
    tier: str = ""
    channel: str = ""
    team: str = ""
    agent: str = ""
    """Who holds it now."""
    last_team: str = ""
    last_agent: str = ""
    """The last human sender, as of then."""
    priority: str = ""
    tags: tuple[str, ...] = ()
    opened_at: int | None = None
    """None for a partial ticket."""
    opened_hour: int | None = None
    """Civil hour of the opening in the account's zone: days since 1970-01-01 times 24, plus the hour."""
    first_replied_at: int | None = None
    resolved_at: int | None = None
    abandoned_at: int | None = None
    waiting_since: int | None = None
    updated_at: int = 0
    replies: int = 0
    reopens: int = 0
    rating: int | None = None
    level: int = 0
    first_response_ms: int | None = None
    resolution_ms: int | None = None


class Fact(Struct, array_like=True, frozen=True, gc=False):
    """One measurement of one ticket. `value` in the metric's unit (`metrics.METRICS`); credits as of `at`."""

    metric: int
    ordinal: int
    """Which of its kind in the ticket: the turn, cycle or survey."""
    value: int
    at: int
    """Epoch ms it is attributed to."""
    hour: int
    """Civil hour of `at`: days since 1970-01-01 times 24, plus the hour."""
    channel: str
    team: str
    agent: str
    priority: str
    met: int = -1
    """1 in target (or a positive rating), 0 not, -1 no target."""
    level: int = 0
    """Service level 1 (unacceptable) to 5 (stellar), 0 for none."""
    business_ms: int | None = None


class Facts(Struct, array_like=True):
    """Facts that share what is said of the whole ticket."""

    opened_at: int | None
    opened_hour: int | None
    brand: str
    language: str
    tier: str
    tags: tuple[str, ...]
    facts: tuple[Fact, ...]


class FactsRecord(Struct, array_like=True):
    """What one flush changed of one ticket's facts. No fact stands on both sides."""

    schema: int
    version: int
    account: str
    source: str
    ticket: str
    asserted: Facts
    retracted: Facts


class Leaf(Struct, array_like=True):
    """What one channel and team add to one minute: by metric `[count, sum, met, missed]`, then facts at level 1 to 5."""

    channel: str
    team: str
    cells: dict[int, list[int]]


class Minute(Struct, array_like=True):
    """The facts of one account in one minute, whole, at their finest; `windows.spread` sums the series out of it."""

    schema: int
    version: int
    account: str
    minute: int
    """Epoch minutes."""
    leaves: list[Leaf]


class Gauge(Struct, array_like=True):
    """One channel and team at a minute's end: open tickets, waiting tickets, age of the oldest open turn in ms."""

    channel: str
    team: str
    open: int
    waiting: int
    oldest_ms: int


class MinuteGauges(Struct, array_like=True):
    """The gauges of one account at the end of one minute; written once."""

    schema: int
    version: int
    account: str
    minute: int
    gauges: list[Gauge]


class PositionRecord(Struct, array_like=True):
    """How far a partition is folded; written with everything that follows from it."""

    schema: int
    epoch: int
    log_id: str
    """Cluster id and topic id of the log: another one is another log."""
    offset: int
    tick_ms: int = 0


def ticket_key(account: str, source: str, ticket: str) -> bytes:
    return f"{account}/{source}/{ticket}".encode()


def minute_key(account: str, minute: int) -> bytes:
    return f"{account}/{minute}".encode()


def gauge_key(account: str, minute: int) -> bytes:
    return f"{account}/{minute}/gauges".encode()


def alert_key(account: str, key: str) -> bytes:
    return f"{account}/{key}".encode()
