"""Zendesk: a webhook on events for tickets, and one on triggers for ratings."""

from __future__ import annotations

from ingest.setup.steps import Setup


def _body(event: str, *more: str) -> str:
    told = (f'"deskpulse":1,"event":"{event}","ticket_id":"{{{{ticket.id}}}}"', *more)
    return "{" + ",".join([*told, '"occurred_at":"{{ticket.updated_at_with_timestamp}}"']) + "}"


_RATING = '"actor":"customer"'
_COMMENT = '"message_id":"{{ticket.latest_comment.id}}"'
_AGENT = '"actor":"agent","agent":"{{current_user.id}}"'
_OPENED = '"actor":"customer","channel":"email","customer":"{{ticket.requester.id}}","team":"{{ticket.group.id}}"'

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
            _body("ticket.surveyed", _RATING, '"rating":"good"', '"scale":"good_bad"'),
        ),
        (
            "Trigger 'Ticket satisfaction is Bad':",
            _body("ticket.surveyed", _RATING, '"rating":"bad"', '"scale":"good_bad"'),
        ),
        (
            "With surveys in numbers, instead of these two one trigger for each of them, here for 4 of 1 to 5:",
            _body("ticket.surveyed", _RATING, '"rating":4', '"scale":"1-5"'),
        ),
        (
            "Only without events, trigger 'Ticket is Created', one for each channel with its word (email, chat, web, phone, ...):",
            _body("ticket.opened", _OPENED),
        ),
        (
            "Only without events, trigger 'Comment is Public' and 'Current user is (agent)':",
            _body("ticket.replied", _COMMENT, _AGENT, '"public":true'),
        ),
        (
            "Only without events, trigger 'Comment is Public' and 'Current user is (end user)':",
            _body("ticket.replied", _COMMENT, '"actor":"customer","customer":"{{ticket.requester.id}}","public":true'),
        ),
        (
            "Only without events, trigger 'Comment is Private':",
            _body("ticket.replied", _COMMENT, _AGENT, '"public":false'),
        ),
        (
            "Only without events, trigger 'Status changed to Solved':",
            _body("ticket.resolved", _AGENT, '"status":"solved"'),
        ),
        (
            "Only without events, trigger 'Status changed from Solved':",
            _body("ticket.reopened", '"status":"open"'),
        ),
    ),
)
