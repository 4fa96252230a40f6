"""Gorgias: an HTTP integration for each trigger, with a key, because nothing is signed."""

from __future__ import annotations

from ingest.setup.steps import Setup

_TICKET = (
    '"status":"{{ticket.status}}","channel":"{{ticket.channel}}","from_agent":"{{ticket.from_agent}}","spam":"{{ticket.spam}}",'
    '"customer_id":"{{ticket.customer.id}}","customer_email":"{{ticket.customer.email}}","assignee_user_id":"{{ticket.assignee_user_id}}",'
    '"assignee_team_id":"{{ticket.assignee_team_id}}","priority":"{{ticket.priority}}","created_datetime":"{{ticket.created_datetime}}",'
    '"updated_datetime":"{{ticket.updated_datetime}}","closed_datetime":"{{ticket.closed_datetime}}",'
    '"trashed_datetime":"{{ticket.trashed_datetime}}","snooze_datetime":"{{ticket.snooze_datetime}}"}'
)
SETUP = Setup(
    made_by="us",
    steps=(
        "Gorgias > Settings > App store > HTTP integration > Manage > Add HTTP integration; one for each body below.",
        "URL: {url}   Method: POST   Request content type: application/json   Trigger: the one named above the body.",
        "Headers: name X-Deskpulse-Key, value {secret}   Gorgias signs nothing: whoever knows this key can post as your helpdesk.",
        "Paste the body as it is and save; the variables are Gorgias' own, in quotes. Do not add texts, names or subjects.",
    ),
    templates=(
        ("Trigger 'Ticket created':", f'{{"deskpulse":1,"event":"ticket-created","ticket_id":"{{{{ticket.id}}}}",{_TICKET}'),
        ("Trigger 'Ticket updated':", f'{{"deskpulse":1,"event":"ticket-updated","ticket_id":"{{{{ticket.id}}}}",{_TICKET}'),
        (
            "Trigger 'Ticket message created':",
            (
                '{"deskpulse":1,"event":"ticket-message-created","ticket_id":"{{ticket.id}}","message_id":"{{message.id}}",'
                '"from_agent":"{{message.from_agent}}","public":"{{message.public}}","rule_id":"{{message.rule_id}}","via":"{{message.via}}",'
                '"channel":"{{message.channel}}","sender_id":"{{message.sender.id}}","sender_email":"{{message.sender.email}}",'
                '"occurred_at":"{{message.created_datetime}}"}'
            ),
        ),
        (
            "Rule on 'Satisfaction survey responded', action 'HTTP':",
            (
                '{"deskpulse":1,"event":"ticket.surveyed","ticket_id":"{{ticket.id}}","actor":"customer","scale":"1-5",'
                '"rating":"{{ticket.satisfaction_survey.score}}","occurred_at":"{{ticket.satisfaction_survey.scored_datetime}}"}'
            ),
        ),
    ),
)
