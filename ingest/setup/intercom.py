"""Intercom: one webhook of an app of your own."""

from __future__ import annotations

from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Intercom Developer Hub (app.intercom.com/a/apps/_/developer-hub) > New app, in the workspace whose conversations you want.",
        "Configure > Basic information: copy the client secret. It is this source's secret; `deskpulse sources add` asks for it.",
        "Configure > Webhooks > Endpoint URL: {url}   Intercom asks with HEAD whether it is there, so the gateway must run now.",
        (
            "Topics: all of conversation.* but conversation.read, conversation_part.tag.created, and, with tickets, all of ticket.*. "
            "Each needs the permission that the page names beside it (Read conversations, Read tickets). Save."
        ),
        "'Send a test request' is answered with `ignored`: its topic is ping.",
    ),
)
