"""What is known of one vendor: a row of the table in `ingest.vendors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ingest import verify
from ingest.delivery import Adapted, Delivery
from ingest.setup.steps import Setup

Challenge = Callable[[verify.Sent], Mapping[str, str] | None]
"""A handshake's answer as JSON, for what is verified but is no delivery; None for everything else."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One row. Rules of acknowledgement are data, so that the door has no vendor's name in it."""

    name: str
    """In deskpulse.yaml. One helpdesk has several rows where its kinds of webhook are signed or shaped in different ways."""
    title: str
    verify: verify.Verifier
    adapt: Callable[[Delivery], Adapted]
    dedupe: str
    """What an event's id is made of, in words: the same delivery twice must be one event."""
    setup: Setup
    family: str = ""
    """The helpdesk, where it has several rows: its customers are the same people whichever row brought them. Else the name."""
    redelivers: bool = True
    """False: a delivery that was not answered with 2xx is never sent again, so while the broker is away it is spooled."""
    stale: Literal["dead_letter", "refuse"] = "dead_letter"
    """An authentic delivery with an old timestamp may be a retry that keeps its first one, so most are kept."""
    challenge: Challenge | None = None
    kept_headers: tuple[str, ...] = ("content-type",)
    """That a dead letter needs to be understood later; never one with a secret."""

    @property
    def helpdesk(self) -> str:
        """What its events, its customers and its page are called after."""
        return self.family or self.name
