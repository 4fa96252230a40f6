"""CloudEvents: a token, and a request to try it with."""

from __future__ import annotations

from ingest.setup.steps import Setup

SETUP = Setup(
    made_by="nobody",
    steps=(
        "Keep the token in your system's secrets; Deskpulse stores its hash alone and cannot show it again: {token}",
        "Post one event (content type application/cloudevents+json) or a list of them (application/cloudevents-batch+json) to {url}",
        "Answers: 200 it is in the log; 207 look at each element; 422 the path of the fault; 429 and 503 send again after Retry-After.",
    ),
    templates=(
        (
            "Try it:",
            (
                "curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/cloudevents+json' {url} -d "
                '\'{"specversion":"1.0","id":"hello-1","type":"deskpulse.ticket.opened.v1","subject":"1",'
                '"time":"\'$(date -u +%Y-%m-%dT%H:%M:%SZ)\'","data":{"channel":"chat","customer":"42"}}\''
            ),
        ),
    ),
)
