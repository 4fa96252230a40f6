"""What was understood from a delivery, in one line for people. Pure; what others sent cannot steer the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.sources.spans import span
from events import wire
from sinks.instant import epoch_ms

_WHO = {"customer": "the customer", "agent": "an agent", "bot": "a bot", "system": "the helpdesk itself"}
_SAID = {
    "customer": "the customer wrote",
    "agent": "an agent replied publicly",
    "bot": "a bot replied",
    "system": "the helpdesk sent a message of its own",
}
_REMOVED = {"spam": "removed as spam", "deleted": "deleted", "trashed": "moved to the trash"}
_SURVEYS = {"csat": "", "nps": " for recommending", "ces": " for effort", "quality": " for quality", "agent": " for the agent"}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What ClickHouse knows of the ticket once the event was folded."""

    channel: str
    is_customer_known: bool
    first_replied_ms: int | None
    first_response_ms: int | None


def told(event: wire.Event, ticket: Ticket | None = None) -> str:
    """With `ticket`, also what only the events before it tell: first response, channel, customer."""
    what, details = _told(event, ticket)
    return printable("; ".join([what, *(detail for detail in details if detail)]))


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _told(event: wire.Event, ticket: Ticket | None) -> tuple[str, list[str]]:
    match event:
        case wire.TicketOpened(data=data):
            way = ", by a message that went out" if data.direction == "out" else ""
            if data.missed:
                way += "; told by a later delivery, so its first response stays unknown"
            named = [
                _named("channel", data.channel),
                _customer(is_known=bool(data.customer)),
                _named("agent", data.agent),
                _named("team", data.team),
                _named("priority", data.priority),
                _named("tags", ", ".join(data.tags)),
                _named("brand", data.brand),
                _named("language", data.language),
                _named("tier", data.tier),
                _named("status", data.status),
            ]
            return f"{_ticket(event)} opened by {_WHO[data.actor]}{way}", named
        case wire.TicketReplied(data=data):
            said = _SAID[data.actor] if data.public else f"{_WHO[data.actor]} left an internal note"
            return f"{_ticket(event)} {said}{_first_response(event, ticket)}", [
                _named("agent", data.agent),
                _named("team", data.team),
                *_from_ticket(ticket, is_customer_known=bool(data.customer)),
            ]
        case wire.TicketResolved(data=data):
            return f"{_ticket(event)} resolved by {_WHO[data.actor]}", [
                _named("agent", data.agent),
                _named("status", data.status),
            ]
        case wire.TicketReopened(data=data):
            return f"{_ticket(event)} reopened by {_WHO[data.actor]}", [
                _named("agent", data.agent),
                _named("status", data.status),
            ]
        case wire.TicketAbandoned(data=data):
            return f"{_ticket(event)} abandoned by {_WHO[data.actor]}", [_named("reason", data.reason)]
        case wire.TicketSurveyed(data=data):
            rated = f"rated {data.rating} on a scale from {data.scale_min} to {data.scale_max}{_SURVEYS[data.kind]}"
            return f"{_ticket(event)} {rated}", _from_ticket(ticket, is_customer_known=bool(data.customer))
        case wire.TicketUpdated(data=data):
            return f"{_ticket(event)} changed by {_WHO[data.actor]}", _changes(data)
        case wire.TicketMerged(data=data):
            return f"{_ticket(event)} merged into ticket {data.into}", []
        case wire.TicketRemoved(data=data):
            return f"{_ticket(event)} {_REMOVED[data.reason]}", []
        case wire.TicketHandled(data=data):
            spent = [(name, ms) for name, ms in (("talk", data.talk_ms), ("hold", data.hold_ms), ("wrap-up", data.wrap_ms)) if ms]
            times = [_named(name, span(ms)) for name, ms in spent]
            return f"{_ticket(event)} handled", [*times, _named("agent", data.agent), _named("team", data.team)]
        case wire.OrderPlaced(data=data):
            return f"order {event.subject}: placed for {data.amount} {data.currency}", [_customer(is_known=bool(data.customer))]
        case wire.OrderRefunded(data=data):
            return f"order {event.subject}: {data.amount} {data.currency} refunded", [_customer(is_known=bool(data.customer))]
        case wire.AccountConfigured():
            return "settings of the account", [_named("zone", event.data.zone)]
        case wire.CustomerForgotten():
            return "a customer is to be forgotten", []
        case wire.DirectoryUpdated(data=data):
            return f"{data.kind} {data.id} is called {data.name}" if data.name else f"{data.kind} {data.id} has no name", []
        case wire.ClockTick():
            return "time passed", []


def _ticket(event: wire.TicketEvent) -> str:
    return f"ticket {event.subject}:"


def _first_response(event: wire.TicketReplied, ticket: Ticket | None) -> str:
    """Of exactly this reply: a later one is no first response."""
    if ticket is None or ticket.first_response_ms is None or ticket.first_replied_ms != epoch_ms(event.time):
        return ""
    return f", first response of {span(ticket.first_response_ms)}" if event.data.public and event.data.actor == "agent" else ""


def _from_ticket(ticket: Ticket | None, *, is_customer_known: bool) -> list[str]:
    if ticket is None:
        return [_customer(is_known=True)] if is_customer_known else []
    return [_named("channel", ticket.channel), _customer(is_known=is_customer_known or ticket.is_customer_known)]


def _changes(data: wire.Updated) -> list[str]:
    fields = ("status", "assignee", "team", "priority", "channel")
    changed = [_changed(name, value) for name in fields if (value := getattr(data, name)) is not None]
    if data.tags is not None:
        changed.append(_changed("tags", ", ".join(data.tags)))
    return changed or ["nothing that a number depends on"]


def _changed(name: str, value: str) -> str:
    return f"{name} {value}" if value else f"no {name} any more"


def _named(name: str, value: str) -> str:
    return f"{name} {value}" if value else ""


def _customer(*, is_known: bool) -> str:
    return "customer known" if is_known else "customer unknown"
