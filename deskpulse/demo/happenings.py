"""What happens at a helpdesk, in its own words: neither a webhook nor an event yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["opened", "acknowledged", "assigned", "answered", "asked", "tagged", "solved", "reopened", "rated", "left"]


@dataclass(frozen=True, slots=True)
class Ticket:
    account: str
    number: int
    channel: str
    customer: str
    tag: str
    priority: str
    agent: str
    team: str
    opened_ms: int


@dataclass(frozen=True, slots=True)
class Happening:
    at_ms: int
    kind: Kind
    ticket: Ticket
    step: int
    """Which of the ticket's happenings: with the ticket it names this one."""
    rating: int = 0
    """1 to 5, of `rated`."""

    @property
    def id(self) -> str:
        return f"{self.ticket.account}-{self.ticket.number}-{self.step}"
