"""Front: a webhook of an app of your own, or rules that post."""

from __future__ import annotations

from ingest.setup.steps import Setup

APPLICATION = Setup(
    made_by="vendor",
    steps=(
        "Front > Settings > Company > Developers > Create app. Its own, private app needs no review.",
        "Basic information: copy the app's signing key. It is this source's secret; `deskpulse sources add` asks for it.",
        (
            "Finish this dialogue and start the gateway before you go on: Front posts a challenge to the address when the webhook is "
            "saved, and takes it only if it is answered."
        ),
        (
            "Features > Add feature > Application webhooks. URL: {url}   Events: all of inbound, outbound, comments, assignee, tags, "
            "archived, reopened, deleted, moved, merged, ticket status. Save, and install the app."
        ),
    ),
)
RULE = Setup(
    made_by="vendor",
    steps=(
        "Front > Settings > Company > Developers > API tokens: the company's API secret signs rules' webhooks. It is this source's secret.",
        "Front > Settings > Company > App store > Webhooks > enable.",
        (
            "Company rules > one rule that runs on every event (inbound, outbound, comment, assigned, tagged, archived, reopened, deleted, "
            "moved), with the action 'Send to a webhook': {url}   Payload: full event."
        ),
        "A rule sends each event once: what fails is not sent again. Prefer the app's webhook (vendor front) where you can.",
    ),
)
