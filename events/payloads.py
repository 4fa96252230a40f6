"""What each type of event adds: the `data` of tickets and orders. Durations are milliseconds; an empty text is "unknown"."""

from typing import Literal, Self

from pydantic import model_validator

from events.fields import (
    Actor,
    Count,
    Currency,
    Direction,
    Id,
    Model,
    Money,
    Name,
    Rating,
    Sequence,
    SurveyKind,
    Tags,
    Token,
)


class _Sequenced(Model):
    sequence: Sequence = 0
    """The helpdesk's own order among events of one ticket with the same time, if it has one; the lower is the earlier."""


class Opened(_Sequenced):
    """A ticket came into being. If `direction` is `in`, this is also the first customer message."""

    channel: Name
    """How it came: `chat`, `email`, `phone`, or whatever the helpdesk calls it. Decides the service level's bounds."""
    direction: Direction = "in"
    """`in`: the customer wrote; `out`: somebody of the shop did, so nobody waits yet."""
    actor: Actor = "customer"
    """Who opened it."""
    customer: Token = ""
    """A keyed hash of the helpdesk's customer id, made at the door; never a name or an address."""
    agent: Name = ""
    """Who holds it, or who opened it if an agent did."""
    team: Name = ""
    priority: Name = ""
    tags: Tags = ()
    brand: Name = ""
    """The shop front, where an account has several."""
    language: Name = ""
    tier: Name = ""
    """The customer's class in the shop, as `vip`."""
    status: Name = ""
    """The helpdesk's word, kept for the order of equal events; a ticket starts open."""
    missed: bool = False
    """A later delivery told when the ticket was opened, and what happened in between was not seen: no first response is measured."""


class Replied(_Sequenced):
    """Somebody wrote in the ticket. Only public replies count as customer messages or as answers."""

    actor: Actor
    """Who wrote. Only replies of an `agent` are human; those of `bot` and `system` never end a wait."""
    public: bool = True
    """False for an internal note."""
    agent: Name = ""
    """The sender's id, if not the customer."""
    team: Name = ""
    """The sender's team; empty: the ticket's team at that time."""
    customer: Token = ""
    message_id: Name = ""
    """The message's id at the helpdesk."""


class Resolved(_Sequenced):
    """The ticket was solved. Counts only where it was open."""

    actor: Actor = "agent"
    agent: Name = ""
    """Who solved it; empty: who holds it."""
    team: Name = ""
    status: Name = "solved"


class Reopened(_Sequenced):
    """A solved ticket is open again: its next cycle begins."""

    actor: Actor = "customer"
    agent: Name = ""
    team: Name = ""
    status: Name = "open"


class Abandoned(_Sequenced):
    """The customer left without an answer, as from a chat queue. Taken back if the customer returns."""

    actor: Actor = "customer"
    reason: Name = ""


class Surveyed(_Sequenced):
    """A customer's rating. The last rating of each `survey` of a ticket counts."""

    rating: Rating
    """Within the scale."""
    scale_min: Rating
    """The worst possible rating."""
    scale_max: Rating
    """The best possible rating, above `scale_min`."""
    kind: SurveyKind = "csat"
    survey: Name = ""
    """Which survey of the ticket this answers."""
    customer: Token = ""

    @model_validator(mode="after")
    def _lies_within_its_scale(self) -> Self:
        if self.scale_min >= self.scale_max:
            raise ValueError("scale_min below scale_max")
        if not self.scale_min <= self.rating <= self.scale_max:
            raise ValueError("a rating between scale_min and scale_max")
        return self


class SurveyedV1(_Sequenced):
    """A customer's rating in stars."""

    rating: Literal[1, 2, 3, 4, 5]
    kind: SurveyKind = "csat"
    survey: Name = ""
    customer: Token = ""


class Updated(_Sequenced):
    """What changed; a field left out (or null) did not change, an empty one was cleared."""

    actor: Actor = "agent"
    agent: Name = ""
    """Who made the change."""
    status: Name | None = None
    """`solved`, `closed` and `resolved` resolve the ticket, any other reopens it, an empty one does nothing."""
    assignee: Name | None = None
    """Who holds it now."""
    team: Name | None = None
    priority: Name | None = None
    channel: Name | None = None
    tags: Tags | None = None
    """All tags, not the difference."""


class Merged(_Sequenced):
    """The ticket became part of another; everything measured of it is taken back."""

    into: Id
    """The ticket that goes on, in the same source."""


class Removed(_Sequenced):
    """The ticket was spam or is deleted; everything measured of it is taken back."""

    reason: Literal["spam", "deleted", "trashed"] = "deleted"


class Handled(_Sequenced):
    """What one call or chat took of an agent's time."""

    agent: Name = ""
    team: Name = ""
    talk_ms: Count = 0
    hold_ms: Count = 0
    wrap_ms: Count = 0


class Placed(Model):
    """An order; the event's `subject` is the order's id."""

    amount: Money
    """A decimal as text, in `currency`, at most four decimals."""
    currency: Currency
    """ISO 4217, as `EUR`."""
    customer: Token = ""
    """The same hash as in tickets, so that orders can be joined to them."""


class Refunded(Model):
    """Money given back for an order; the event's `subject` is the order's id."""

    amount: Money
    """A decimal as text, in `currency`, at most four decimals."""
    currency: Currency
    """ISO 4217, as `EUR`."""
    customer: Token = ""


class Forgotten(Model):
    """A customer asked to be forgotten."""

    customer: Token
    """The hash that tickets and orders carry."""


class Named(Model):
    """What people call somebody or something that events know by its id."""

    kind: Literal["agent", "team", "brand", "tag"]
    id: Id
    """As events have it in `agent`, `team`, `brand` or `tags`."""
    name: Name
    """For the eye alone; no number depends on it. Never a customer's, never an address."""


class Ticked(Model):
    """Nothing but that time passed."""
