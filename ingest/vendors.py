"""Every vendor in one table: how it proves itself, how it is understood, what it is told. A new one is one file and one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ingest import signatures, verify
from ingest.adapters import (
    chatwoot,
    cloudevents,
    crisp,
    dixa,
    freescout,
    gorgias,
    groove,
    hubspot,
    jira,
    kustomer,
    zammad,
    zendesk,
)
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
    Vendor(
        name="gorgias",
        title="Gorgias",
        verify=verify.Keyed(),
        adapt=gorgias.adapt,
        dedupe="what happened, ticket, and message or the time of the change",
        setup=gorgias.SETUP,
    ),
    Vendor(
        name="chatwoot",
        title="Chatwoot",
        verify=verify.Signed(
            signature="x-chatwoot-signature",
            prefix="sha256=",
            timestamp="x-chatwoot-timestamp",
            message=lambda timestamp, sent: timestamp + b"." + sent.body,
            digest=verify.from_hex,
            instant_ms=verify.seconds,
        ),
        adapt=chatwoot.adapt,
        dedupe="conversation with message, or with status or change and its time",
        setup=chatwoot.SETUP,
        redelivers=False,
    ),
    Vendor(
        name="chatwoot_unsigned",
        title="Chatwoot before 4.11.2, which signs nothing",
        family="chatwoot",
        verify=verify.Keyed(),
        adapt=chatwoot.adapt,
        dedupe="conversation with message, or with status or change and its time",
        setup=chatwoot.SETUP_UNSIGNED,
        redelivers=False,
    ),
    Vendor(
        name="zammad",
        title="Zammad",
        verify=verify.Signed(signature="x-hub-signature", prefix="sha1=", digest=verify.from_hex, algorithm="sha1"),
        adapt=zammad.adapt,
        dedupe="ticket with article, or with state or change and its time",
        setup=zammad.SETUP,
        kept_headers=("content-type", "x-zammad-trigger", "x-zammad-delivery"),
    ),
    Vendor(
        name="hubspot",
        title="HubSpot",
        verify=verify.Signed(
            signature="x-hubspot-signature-v3",
            timestamp="x-hubspot-request-timestamp",
            message=signatures.hubspot_v3,
            instant_ms=verify.milliseconds,
        ),
        adapt=hubspot.adapt,
        dedupe="subscription, event, object and time",
        setup=hubspot.SETUP,
        stale="refuse",
    ),
    Vendor(
        name="hubspot_v1",
        title="HubSpot, apps whose webhooks have no version 3 of the signature",
        family="hubspot",
        verify=signatures.HubSpotHash("v1"),
        adapt=hubspot.adapt,
        dedupe="subscription, event, object and time",
        setup=hubspot.SETUP_V1,
    ),
    Vendor(
        name="hubspot_workflow",
        title="HubSpot workflows, for ratings",
        family="hubspot",
        verify=signatures.HubSpotHash("v2"),
        adapt=hubspot.adapt,
        dedupe="event, ticket and message, or the body where there is no message",
        setup=hubspot.SETUP_WORKFLOW,
    ),
    Vendor(
        name="kustomer",
        title="Kustomer",
        verify=verify.Signed(signature="x-kustomer-webhook-signature", digest=verify.from_hex),
        adapt=kustomer.adapt,
        dedupe="the body's id",
        setup=kustomer.SETUP,
    ),
    Vendor(
        name="crisp",
        title="Crisp (plugin hooks)",
        verify=verify.Signed(
            signature="x-crisp-signature",
            timestamp="x-crisp-request-timestamp",
            message=lambda timestamp, sent: b"[" + timestamp + b";" + sent.body + b"]",
            digest=verify.from_hex,
            instant_ms=verify.milliseconds,
        ),
        adapt=crisp.adapt,
        dedupe="session with fingerprint, or with the event and its time",
        setup=crisp.SETUP,
    ),
    Vendor(
        name="crisp_website",
        title="Crisp (website hooks, which sign nothing)",
        family="crisp",
        verify=verify.Keyed(),
        adapt=crisp.adapt,
        dedupe="session with fingerprint, or with the event and its time",
        setup=crisp.SETUP_WEBSITE,
        redelivers=False,
    ),
    Vendor(
        name="jira",
        title="Jira Service Management",
        verify=verify.Signed(signature="x-hub-signature", prefix="sha256=", digest=verify.from_hex),
        adapt=jira.adapt,
        dedupe="issue with comment or changelog",
        setup=jira.SETUP,
        kept_headers=("content-type", "x-atlassian-webhook-identifier"),
    ),
    Vendor(
        name="jira_automation",
        title="Jira Service Management (Automation, or a webhook without a secret)",
        family="jira",
        verify=verify.Keyed(),
        adapt=jira.adapt,
        dedupe="event, ticket and message, or the body where there is no message",
        setup=jira.SETUP_AUTOMATION,
    ),
    Vendor(
        name="freescout",
        title="FreeScout",
        verify=verify.Signed(signature="x-freescout-signature", algorithm="sha1", key=signatures.freescout_key),
        adapt=freescout.adapt,
        dedupe="conversation with thread, or with status or change and its time",
        setup=freescout.SETUP,
        kept_headers=("content-type", "x-freescout-event"),
    ),
    Vendor(
        name="dixa",
        title="Dixa",
        verify=verify.Signed(
            signature="x-dixa-signature",
            timestamp="t",
            parts=("t", "v1"),
            message=lambda timestamp, sent: timestamp + b"." + sent.body,
            digest=verify.from_hex,
            instant_ms=verify.milliseconds,
            key=verify.hex_decoded,
        ),
        adapt=dixa.adapt,
        dedupe="the body's event_id",
        setup=dixa.SETUP,
    ),
    Vendor(
        name="groove",
        title="Groove",
        verify=verify.Keyed(),
        adapt=groove.adapt,
        dedupe="ticket with message, or with state or change and its time",
        setup=groove.SETUP,
        kept_headers=("content-type", "x-groove-event"),
    ),
)

VENDORS: Mapping[str, Vendor] = {row.name: row for row in _ROWS}
