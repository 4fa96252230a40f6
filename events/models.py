"""The documented shape of every event: CloudEvents 1.0 in structured JSON. Law: they take exactly what `wire` takes, which a test holds.

The published JSON Schemas are made from these, and rejections are explained with them; the hot path decodes with `wire`.
"""

from typing import Annotated, Literal

from pydantic import Field

from events.configured import Configured
from events.fields import Id, Instant, Model, Name, SourceName
from events.payloads import (
    Abandoned,
    Forgotten,
    Handled,
    Merged,
    Named,
    Opened,
    Placed,
    Refunded,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    SurveyedV1,
    Ticked,
    Updated,
)


class Envelope(Model):
    specversion: Literal["1.0"]
    """Of CloudEvents."""
    id: Id
    """Unique within `source`: the same id is the same event, however often it arrives."""
    source: SourceName
    """`/{account}/{source name}`, each in lower case letters, digits, `-` and `_`, at most 63."""
    subject: Id
    """The ticket, order or account this is about, by its id at the helpdesk or shop."""
    time: Instant
    """When it happened at the helpdesk; not when it was sent. Counted in milliseconds."""


class FromVendor(Envelope):
    vendor: Name = ""
    """The product that said so, as `zendesk`."""


class TicketOpened(FromVendor):
    """A ticket came into being."""

    type: Literal["deskpulse.ticket.opened.v1"]
    data: Opened


class TicketReplied(FromVendor):
    """Somebody wrote in a ticket: customer, agent, bot or system."""

    type: Literal["deskpulse.ticket.replied.v1"]
    data: Replied


class TicketResolved(FromVendor):
    """A ticket was solved."""

    type: Literal["deskpulse.ticket.resolved.v1"]
    data: Resolved


class TicketReopened(FromVendor):
    """A solved ticket is open again."""

    type: Literal["deskpulse.ticket.reopened.v1"]
    data: Reopened


class TicketAbandoned(FromVendor):
    """The customer left without an answer."""

    type: Literal["deskpulse.ticket.abandoned.v1"]
    data: Abandoned


class TicketSurveyed(FromVendor):
    """A customer's rating, with its scale."""

    type: Literal["deskpulse.ticket.surveyed.v2"]
    data: Surveyed


class TicketSurveyedV1(FromVendor):
    """A customer's rating in stars. Older: write v2."""

    type: Literal["deskpulse.ticket.surveyed.v1"]
    data: SurveyedV1


class TicketUpdated(FromVendor):
    """Status, assignee, team, priority, channel or tags of a ticket changed."""

    type: Literal["deskpulse.ticket.updated.v1"]
    data: Updated


class TicketMerged(FromVendor):
    """A ticket became part of another one."""

    type: Literal["deskpulse.ticket.merged.v1"]
    data: Merged


class TicketRemoved(FromVendor):
    """A ticket was spam or is deleted."""

    type: Literal["deskpulse.ticket.removed.v1"]
    data: Removed


class TicketHandled(FromVendor):
    """What one call or chat took of an agent's time."""

    type: Literal["deskpulse.ticket.handled.v1"]
    data: Handled


class OrderPlaced(FromVendor):
    """A customer bought something."""

    type: Literal["deskpulse.order.placed.v1"]
    data: Placed


class OrderRefunded(FromVendor):
    """Money was given back for an order."""

    type: Literal["deskpulse.order.refunded.v1"]
    data: Refunded


class AccountConfigured(Envelope):
    """An account's settings, whole. `deskpulse apply` writes it; the `subject` is the account."""

    type: Literal["deskpulse.account.configured.v1"]
    data: Configured


class CustomerForgotten(Envelope):
    """A customer asked to be forgotten."""

    type: Literal["deskpulse.customer.forgotten.v1"]
    data: Forgotten


class DirectoryUpdated(FromVendor):
    """The display name of an agent, a team, a brand or a tag; the `subject` is its id. The last one said holds."""

    type: Literal["deskpulse.directory.updated.v1"]
    data: Named


class ClockTick(Envelope):
    """Time passed in one partition. Deskpulse writes it itself; it belongs to no account, its source is `/-/clock`."""

    type: Literal["deskpulse.clock.tick.v1"]
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
CurrentEvent = TicketEvent | OrderEvent | AccountConfigured | CustomerForgotten | DirectoryUpdated | ClockTick
Event = Annotated[CurrentEvent, Field(discriminator="type")]
AnyVersion = CurrentEvent | TicketSurveyedV1
"""What decoding takes: the current types, and the older ones that `upcast` knows."""
