"""Every vendor in one table: how it proves itself, how it is understood, what it is told. A new one is one file and one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ingest import verify
from ingest.adapters import cloudevents, zendesk
from ingest.delivery import Adapted, Delivery
from ingest.setup import cloudevents as cloudevents_setup
from ingest.setup import zendesk as zendesk_setup
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
    """False: a delivery that was not answered with 2xx is never sent again."""
    away: Literal[409, 503] = 503
    """While the broker is away, with Retry-After: the status that this vendor takes for `later`."""
    stale: Literal["dead_letter", "refuse"] = "dead_letter"
    """An authentic delivery with an old timestamp may be a retry that keeps its first one, so most are kept."""
    challenge: Challenge | None = None
    kept_headers: tuple[str, ...] = ("content-type",)
    """That a dead letter needs to be understood later; never one with a secret."""

    @property
    def helpdesk(self) -> str:
        """What its events, its customers and its page are called after."""
        return self.family or self.name


_ZENDESK_TEST_SECRET = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="

_ROWS = (
    Vendor(
        name="cloudevents",
        title="CloudEvents (your own systems)",
        verify=verify.with_token,
        adapt=cloudevents.adapt,
        dedupe="the event's own id",
        setup=cloudevents_setup.SETUP,
    ),
    Vendor(
        name="zendesk",
        title="Zendesk",
        verify=verify.Signed(
            signature="x-zendesk-webhook-signature",
            timestamp="x-zendesk-webhook-signature-timestamp",
            message=lambda timestamp, sent: timestamp + sent.body,
            public=frozenset({_ZENDESK_TEST_SECRET}),
        ),
        adapt=zendesk.adapt,
        dedupe="events: the body's id; triggers: event, ticket and message, or the body where there is no message",
        setup=zendesk_setup.SETUP,
        kept_headers=("content-type", "x-zendesk-webhook-id", "x-zendesk-webhook-invocation-id"),
    ),
)

VENDORS: Mapping[str, Vendor] = {row.name: row for row in _ROWS}
