"""Zendesk: a webhook on events for tickets, and one on triggers for ratings."""

from __future__ import annotations

from ingest.setup.steps import Setup

_OCCURRED = '"occurred_at":"{{ticket.updated_at_with_timestamp}}"'

SETUP = Setup(
    made_by="vendor",
    steps=(
        "Zendesk Admin Center > Apps and integrations > Webhooks > Create webhook.",
        "Choose 'Zendesk events'. Select all ticket events (zen:event-type:ticket.*) and, with messaging, 'Messaging ticket message added'.",
        (
            "Endpoint URL: {url}   Request method: POST   Request format: JSON   Authentication: none. Create it; do not use 'Test webhook' "
            "before it is saved: that test is signed with a public secret and is refused."
        ),
        "Open the webhook > Reveal secret, and copy it. It is this source's secret in deskpulse.yaml; `deskpulse sources add` asks for it.",
        (
            "Ratings: create a second webhook with 'Trigger or automation', the same URL, POST, JSON. Reveal its secret and add it in deskpulse.yaml as the "
            "source's second secret. Then, under Objects and rules > Triggers, one trigger for each line below, with the action 'Notify active webhook'."
        ),
        "Where events are not offered in your plan, use triggers for everything, with one body each; times then have whole minutes only.",
    ),
    templates=(
        (
            "Trigger 'Ticket satisfaction is Good':",
            (
                '{"deskpulse":1,"event":"ticket.surveyed","ticket_id":"{{ticket.id}}","actor":"customer","rating":"good",'
                f'"scale":"good_bad",{_OCCURRED}}}'
            ),
        ),
        (
            "Trigger 'Ticket satisfaction is Bad':",
            (
                '{"deskpulse":1,"event":"ticket.surveyed","ticket_id":"{{ticket.id}}","actor":"customer","rating":"bad",'
                f'"scale":"good_bad",{_OCCURRED}}}'
            ),
        ),
        (
            "Only without events, trigger 'Comment is Public' and 'Current user is (agent)':",
            (
                '{"deskpulse":1,"event":"ticket.replied","ticket_id":"{{ticket.id}}","message_id":"{{ticket.latest_comment.id}}",'
                f'"actor":"agent","public":true,"agent":"{{{{current_user.id}}}}",{_OCCURRED}}}'
            ),
        ),
    ),
)
