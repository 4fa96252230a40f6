"""`tickets`: a ticket as it stands; removed is marked deleted, merged keeps its row. Pure."""

from __future__ import annotations

from events.derived import TicketRow
from sinks.table import Row, Table

TICKETS = Table(
    name="tickets",
    columns=(
        "account",
        "source",
        "ticket_id",
        "version",
        "is_deleted",
        "vendor",
        "status",
        "merged_into",
        "customer",
        "brand",
        "channel",
        "team",
        "agent_id",
        "last_team",
        "last_agent_id",
        "priority",
        "tags",
        "opened_at",
        "opened_date",
        "first_replied_at",
        "resolved_at",
        "abandoned_at",
        "waiting_since",
        "updated_at",
        "replies",
        "reopens",
        "rating",
        "level",
        "first_response_ms",
        "resolution_ms",
    ),
    identity=("account", "source", "ticket_id"),
)


def ticket_row(ticket: TicketRow, customer: str) -> Row:
    """`customer` is the ticket's, or empty where that customer asked to be forgotten."""
    return (
        ticket.account,
        ticket.source,
        ticket.ticket,
        ticket.version,
        1 if ticket.status == "removed" else 0,
        ticket.vendor,
        ticket.status,
        ticket.merged_into,
        customer,
        ticket.brand,
        ticket.channel,
        ticket.team,
        ticket.agent,
        ticket.last_team,
        ticket.last_agent,
        ticket.priority,
        ticket.tags,
        ticket.opened_at,
        None if ticket.opened_hour is None else ticket.opened_hour // 24,
        ticket.first_replied_at,
        ticket.resolved_at,
        ticket.abandoned_at,
        ticket.waiting_since,
        ticket.updated_at,
        ticket.replies,
        ticket.reopens,
        ticket.rating,
        ticket.level,
        ticket.first_response_ms,
        ticket.resolution_ms,
    )
