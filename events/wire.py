"""Events as they are decoded on the hot path: one msgspec struct a type. Law: equal to `models`, which a test holds.

An event is a CloudEvent 1.0 in structured JSON. `source` is `/{account}/{source name}`, `subject` the ticket (or order,
or account), `time` when it happened at the helpdesk; `data` carries what the type adds. Durations are milliseconds.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from events.scalars import Count, Currency, Id, Instant, Milliseconds, Money, Name, Rating, Ratio, Sequence, Tags, Token

Actor = Literal["customer", "agent", "bot", "system"]
Direction = Literal["in", "out"]


class Opened(Struct, frozen=True, omit_defaults=True):
    channel: Name
    direction: Direction = "in"
    actor: Actor = "customer"
    customer: Token = ""
    agent: Name = ""
    team: Name = ""
    priority: Name = ""
    tags: Tags = ()
    brand: Name = ""
    language: Name = ""
    tier: Name = ""
    status: Name = ""
    missed: bool = False
    sequence: Sequence = 0


class Replied(Struct, frozen=True, omit_defaults=True):
    actor: Actor
    public: bool = True
    agent: Name = ""
    team: Name = ""
    customer: Token = ""
    message_id: Name = ""
    sequence: Sequence = 0


class Resolved(Struct, frozen=True, omit_defaults=True):
    actor: Actor = "agent"
    agent: Name = ""
    team: Name = ""
    status: Name = "solved"
    sequence: Sequence = 0


class Reopened(Struct, frozen=True, omit_defaults=True):
    actor: Actor = "customer"
    agent: Name = ""
    team: Name = ""
    status: Name = "open"
    sequence: Sequence = 0


class Abandoned(Struct, frozen=True, omit_defaults=True):
    actor: Actor = "customer"
    reason: Name = ""
    sequence: Sequence = 0


class Surveyed(Struct, frozen=True, omit_defaults=True):
    rating: Rating
    scale_min: Rating
    scale_max: Rating
    kind: Literal["csat", "nps", "ces", "quality", "agent"] = "csat"
    survey: Name = ""
    customer: Token = ""
    sequence: Sequence = 0

    def __post_init__(self) -> None:
        """What this raises becomes a decoding error."""
        if self.scale_min >= self.scale_max:
            raise ValueError("scale_min lies below scale_max")
        if not self.scale_min <= self.rating <= self.scale_max:
            raise ValueError("rating lies between scale_min and scale_max")


class Updated(Struct, frozen=True, omit_defaults=True):
    """What changed; a field left out did not change, an empty one was cleared."""

    actor: Actor = "agent"
    agent: Name = ""
    status: Name | None = None
    assignee: Name | None = None
    team: Name | None = None
    priority: Name | None = None
    channel: Name | None = None
    tags: Tags | None = None
    sequence: Sequence = 0


class Merged(Struct, frozen=True, omit_defaults=True):
    into: Id
    sequence: Sequence = 0


class Removed(Struct, frozen=True, omit_defaults=True):
    reason: Literal["spam", "deleted", "trashed"] = "deleted"
    sequence: Sequence = 0


class Handled(Struct, frozen=True, omit_defaults=True):
    agent: Name = ""
    team: Name = ""
    talk_ms: Count = 0
    hold_ms: Count = 0
    wrap_ms: Count = 0
    sequence: Sequence = 0


class Placed(Struct, frozen=True, omit_defaults=True):
    amount: Money
    currency: Currency
    customer: Token = ""


Refunded = Placed


class Rule(Struct, frozen=True, omit_defaults=True):
    """The plain variance rule for one metric and scope; see docs/alerts. Ratios are decimals, read as fractions."""

    id: Name
    version: Annotated[int, Meta(ge=1, le=2**31)] = 1
    metric: Name = "frt_human"
    scope: Literal["total", "channel", "team"] = "channel"
    window_minutes: Annotated[int, Meta(ge=1, le=720)] = 30
    ratio: Ratio = "2"
    resolve_ratio: Ratio = "1.3"
    onset_ratio: Ratio = "1.5"
    floor_ms: Milliseconds | None = None
    n_min: Annotated[int, Meta(ge=1, le=100_000)] = 10
    n_base: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    hits: Annotated[int, Meta(ge=1, le=60)] = 3
    of_minutes: Annotated[int, Meta(ge=1, le=60)] = 5
    resolve_minutes: Annotated[int, Meta(ge=1, le=240)] = 10
    baseline_ms: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    severity: Literal["info", "warning", "critical"] = "warning"


class Target(Struct, frozen=True, omit_defaults=True):
    """A first-reply or next-reply target; the most specific one that matches holds."""

    metric: Literal["frt_human", "reply_time"]
    target_ms: Annotated[int, Meta(ge=1000, le=2**53)]
    channel: Name = ""
    priority: Name = ""


class Abandonment(Struct, frozen=True, omit_defaults=True):
    """When an unanswered ticket counts as abandoned though the helpdesk does not say so; the channel's own policy holds."""

    channel: Name = ""
    silence_ms: Annotated[int, Meta(ge=1000, le=2_592_000_000)] | None = None
    unanswered_end: bool = False


class Configured(Struct, frozen=True, omit_defaults=True):
    """What changes an account's numbers from `effective_ms` on (epoch; left out: from the event's time on)."""

    zone: Name = "UTC"
    effective_ms: Milliseconds | None = None
    grace_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 5000
    channel_classes: dict[Name, Literal["realtime", "social", "email"]] = {}
    level_bounds_ms: dict[Literal["realtime", "social", "email"], tuple[Count, Count, Count, Count]] = {}
    targets: tuple[Target, ...] = ()
    abandonment: tuple[Abandonment, ...] = ()
    rules: tuple[Rule, ...] = (Rule(id="frt-drift"),)


class Ticked(Struct, frozen=True, omit_defaults=True):
    pass


class Forgotten(Struct, frozen=True, omit_defaults=True):
    customer: Token


class Named(Struct, frozen=True, omit_defaults=True):
    kind: Literal["agent", "team", "brand", "tag"]
    id: Id
    name: Name


class Envelope(Struct, frozen=True, omit_defaults=True, tag_field="type"):
    specversion: Literal["1.0"]
    id: Id
    source: Annotated[str, Meta(max_length=200)]
    subject: Id
    time: Instant


class TicketOpened(Envelope, frozen=True, tag="deskpulse.ticket.opened.v1"):
    data: Opened
    vendor: Name = ""


class TicketReplied(Envelope, frozen=True, tag="deskpulse.ticket.replied.v1"):
    data: Replied
    vendor: Name = ""


class TicketResolved(Envelope, frozen=True, tag="deskpulse.ticket.resolved.v1"):
    data: Resolved
    vendor: Name = ""


class TicketReopened(Envelope, frozen=True, tag="deskpulse.ticket.reopened.v1"):
    data: Reopened
    vendor: Name = ""


class TicketAbandoned(Envelope, frozen=True, tag="deskpulse.ticket.abandoned.v1"):
    data: Abandoned
    vendor: Name = ""


class TicketSurveyed(Envelope, frozen=True, tag="deskpulse.ticket.surveyed.v2"):
    data: Surveyed
    vendor: Name = ""


class TicketUpdated(Envelope, frozen=True, tag="deskpulse.ticket.updated.v1"):
    data: Updated
    vendor: Name = ""


class TicketMerged(Envelope, frozen=True, tag="deskpulse.ticket.merged.v1"):
    data: Merged
    vendor: Name = ""


class TicketRemoved(Envelope, frozen=True, tag="deskpulse.ticket.removed.v1"):
    data: Removed
    vendor: Name = ""


class TicketHandled(Envelope, frozen=True, tag="deskpulse.ticket.handled.v1"):
    data: Handled
    vendor: Name = ""


class OrderPlaced(Envelope, frozen=True, tag="deskpulse.order.placed.v1"):
    data: Placed
    vendor: Name = ""


class OrderRefunded(Envelope, frozen=True, tag="deskpulse.order.refunded.v1"):
    data: Refunded
    vendor: Name = ""


class AccountConfigured(Envelope, frozen=True, tag="deskpulse.account.configured.v1"):
    data: Configured


class CustomerForgotten(Envelope, frozen=True, tag="deskpulse.customer.forgotten.v1"):
    data: Forgotten


class DirectoryUpdated(Envelope, frozen=True, tag="deskpulse.directory.updated.v1"):
    data: Named
    vendor: Name = ""


class ClockTick(Envelope, frozen=True, tag="deskpulse.clock.tick.v1"):
    """Time passed in one partition; belongs to no account, its source is `/-/clock`."""

    data: Ticked = Ticked()


TicketEvent = (
    TicketOpened
    | TicketReplied
    | TicketResolved
    | TicketReopened
    | TicketAbandoned
    | TicketSurveyed
    | TicketUpdated
    | TicketMerged
    | TicketRemoved
    | TicketHandled
)
OrderEvent = OrderPlaced | OrderRefunded
Event = TicketEvent | OrderEvent | AccountConfigured | CustomerForgotten | DirectoryUpdated | ClockTick
