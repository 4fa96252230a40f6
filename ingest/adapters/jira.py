"""Jira Service Management: webhooks of an administrator, and bodies of Automation (`template`), to canonical events. Pure.

A key (`HELP-42`) changes when an issue moves to another project, so the issue's id is the ticket. Ids of ours are made of the
ids of comments and changelogs, which stay the same when Jira Server tells a comment twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from events.rejected import Reason, Rejected
from events.wire import (
    Actor,
    Event,
    Opened,
    Removed,
    Reopened,
    Replied,
    Resolved,
    Surveyed,
    TicketOpened,
    TicketRemoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSurveyed,
    TicketUpdated,
    Updated,
)
from ingest.adapters import template
from ingest.adapters.canonical import UNKNOWN, Head, called, head, with_names
from ingest.adapters.instants import epoch_ms, first, instant
from ingest.adapters.opening import missed, recalled
from ingest.adapters.reading import Fields, flag, inner, json_object, names, objects, text, word
from ingest.adapters.scales import rating
from ingest.delivery import Adapted, Delivery, NotForUs
from ingest.setup.steps import Setup

_JQL = 'project = HELP (your service project, or: projectType = "service_desk")'
SETUP = Setup(
    made_by="us",
    steps=(
        "Jira > Settings (gear) > System > WebHooks > Create a WebHook.",
        f"URL: {{url}}   Secret: {{secret}}   Scope: {_JQL}",
        "Events: Issue created, updated, deleted; Comment created. Leave 'Exclude body' off. Create.",
        "Ratings arrive when the field 'Satisfaction' changes, or by a rule of Automation (a second source, of vendor jira_automation).",
    ),
)
_OCCURRED = '"occurred_at":"{{now.jiraDateTime}}"'
SETUP_AUTOMATION = Setup(
    made_by="us",
    steps=(
        "Project settings > Automation > Create rule, one rule for each body below, with the action 'Send web request'.",
        "Web request URL: {url}   Headers: X-Deskpulse-Key: {secret}   Method: POST   Body: Custom data, one of the bodies below.",
        "For a webhook of an administrator that has no secret, use {url}/{secret} as its URL.",
    ),
    templates=(
        (
            "Trigger 'Issue created':",
            (
                '{"deskpulse":1,"event":"ticket.opened","ticket_id":"{{issue.id}}","channel":"web","customer":"{{issue.reporter.accountId}}",'
                f"{_OCCURRED}}}"
            ),
        ),
        (
            "Trigger 'Issue commented', condition 'comment is public' and 'author is an agent' (a second rule with customer):",
            (
                '{"deskpulse":1,"event":"ticket.replied","ticket_id":"{{issue.id}}","message_id":"{{comment.id}}","actor":"agent","public":true,'
                f"{_OCCURRED}}}"
            ),
        ),
        (
            "Trigger 'Issue transitioned' to a status that is done:",
            f'{{"deskpulse":1,"event":"ticket.resolved","ticket_id":"{{{{issue.id}}}}","actor":"agent",{_OCCURRED}}}',
        ),
        (
            "Trigger 'Field value changed: Satisfaction':",
            (
                '{"deskpulse":1,"event":"ticket.surveyed","ticket_id":"{{issue.id}}","actor":"customer","rating":"{{issue.Satisfaction}}",'
                f'"scale":"1-5",{_OCCURRED}}}'
            ),
        ),
    ),
)

_SERVICE_DESK = "service_desk"
_DONE = "done"
_IRRELEVANT = (
    "attachment_",
    "board_",
    "comment_deleted",
    "comment_updated",
    "configuration_",
    "issue_link_",
    "issue_property_",
    "issuelink_",
    "jira_expression_",
    "option_",
    "project_",
    "sprint_",
    "user_",
    "version_",
    "worklog_",
)
_COMMENTED = frozenset({"issue_commented", "issue_comment_edited", "issue_comment_deleted", "comment_created"})
_CLOSED_WORDS = frozenset({"solved", "closed", "resolved"})
_ISSUE_OF_COMMENT = re.compile(r"/issue/(\d{1,20})/comment/", re.ASCII)
_STARS = re.compile(r"([1-5])(?:\.0+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Notice:
    delivery: Delivery
    body: Fields
    issue: str
    fields: Fields
    at_ms: int

    @property
    def customer(self) -> str:
        reporter = inner(self.fields, "reporter")
        return self.delivery.customers.of_person(text(reporter.get("emailAddress")), _person(reporter))

    @property
    def assignee(self) -> str:
        return _person(inner(self.fields, "assignee"))

    @property
    def category(self) -> str:
        """`new`, `indeterminate` or `done`: what a status is, however it is called."""
        return word(inner(inner(self.fields, "status"), "statusCategory").get("key"))

    def actor(self, who: Fields) -> tuple[Actor, str]:
        """A customer may hold a licence like an agent; then only being the reporter tells."""
        person, kind = _person(who), word(who.get("accountType"))
        if kind == "customer" or (person and person == _person(inner(self.fields, "reporter"))):
            return "customer", ""
        return ("system", "") if kind == "app" or not person else ("agent", person)

    def head(self, event_id: str, at_ms: int | None = None) -> Head:
        return head(self.delivery, event_id, self.issue, self.at_ms if at_ms is None else at_ms)

    def names(self) -> Iterator[Event]:
        """Of the agents in it. Where the reporter or an account's type is left out, whoever acts may be a customer: the assignee alone."""
        told = [inner(self.body, "user"), inner(inner(self.body, "comment"), "author")] if inner(self.fields, "reporter") else []
        items = [one for one in objects(inner(self.body, "changelog").get("items")) if word(one.get("field")) == "assignee"]
        people = [one for one in told if word(one.get("accountType")) == "atlassian"] + [inner(self.fields, "assignee")]
        people += [{"accountId": one.get("to"), "displayName": one.get("toString")} for one in items]
        envelope = self.head(f"names:{self.issue}:{self.at_ms}")
        for one in people:
            if self.actor(one)[0] == "agent":
                yield from called(envelope, "agent", _person(one), text(one.get("displayName")))


def adapt(delivery: Delivery) -> Adapted:
    """One delivery; a change of several fields gives an event for each that matters."""
    body = json_object(delivery)
    if isinstance(body, Rejected):
        return body
    if "deskpulse" in body:
        return template.adapt(delivery, body)
    kind = word(body.get("webhookEvent"))
    name = kind.removeprefix("jira:")
    if name.startswith(_IRRELEVANT):
        return NotForUs(name)
    if name not in {"issue_created", "issue_updated", "issue_deleted", "comment_created"}:
        return delivery.rejected(Reason.UNKNOWN_TYPE, "$.webhookEvent: no event that is known")
    issue, comment = inner(body, "issue"), inner(body, "comment")
    fields = inner(issue, "fields")
    at_ms = epoch_ms(body.get("timestamp"))
    project = word(inner(fields, "project").get("projectTypeKey"))
    if project and project != _SERVICE_DESK:
        return NotForUs(f"a project of another kind: {project[:40]}")
    by_portal = word(inner(comment, "author").get("accountType")) == "customer"
    if not issue and comment and not text(inner(comment, "author").get("accountId")):
        return NotForUs("a comment without its issue; Jira Server tells it again with the issue")
    found = _ISSUE_OF_COMMENT.search(text(comment.get("self")))
    issue_id = text(issue.get("id")) or (found[1] if found else "")
    if not issue_id or at_ms is None:
        path = "$.timestamp" if issue_id else "$.issue.id"
        return delivery.not_understood(f"{path}: missing or unreadable")
    if not project and not by_portal and name != "issue_deleted":
        # Ordinary projects tell of public comments too, so the mark on a comment proves nothing.
        return delivery.not_understood("$.issue.fields.project.projectTypeKey: expected service_desk")
    notice = _Notice(delivery, body, issue_id, fields, at_ms)
    match name:
        case "issue_created":
            adapted = _created(notice)
        case "comment_created":
            adapted = _commented(notice, comment)
        case "issue_deleted":
            adapted = [TicketRemoved(**notice.head(f"removed:{issue_id}"), data=Removed(reason="deleted"))]
        case _:
            adapted = _updated(notice, comment)
    adapted = missed(adapted, instant(fields.get("created")), UNKNOWN, customer=notice.customer, has_channels=False)
    return with_names(adapted, notice.names())


def _created(notice: _Notice) -> Adapted:
    fields = notice.fields
    at_ms = first(instant(fields.get("created")), notice.at_ms)
    actor, _ = notice.actor(inner(fields, "creator") or inner(notice.body, "user"))
    opened = Opened(
        # Portal, mail or chat: the request's channel is no field of an issue.
        channel=UNKNOWN,
        actor="customer" if actor == "system" else actor,
        customer=notice.customer,
        agent=notice.assignee,
        priority=_name(inner(fields, "priority")),
        tags=names(fields.get("labels")),
        status=_status(_name(inner(fields, "status")), notice.category),
    )
    events: list[Event] = [TicketOpened(**notice.head(f"opened:{notice.issue}", at_ms), data=opened)]
    if notice.category == _DONE:
        # Born done: no change of status will follow.
        resolved = Resolved(actor=actor, agent=notice.assignee if actor == "agent" else "", status=_DONE)
        events.append(TicketResolved(**notice.head(f"opened:{notice.issue}:resolved", at_ms), data=resolved))
    return events


def _commented(notice: _Notice, comment: Fields) -> Adapted:
    comment_id, public = text(comment.get("id")), flag(comment.get("jsdPublic"))
    at_ms = first(instant(comment.get("created")), notice.at_ms)
    if not comment_id or public is None:
        return notice.delivery.not_understood(f"$.comment.{'jsdPublic' if comment_id else 'id'}: missing or unreadable")
    actor, agent = notice.actor(inner(comment, "author"))
    customer = ""
    if actor == "customer":
        customer = notice.customer or notice.delivery.customers.of_id(_person(inner(comment, "author")))
    replied = Replied(actor=actor, public=public, agent=agent, customer=customer, message_id=comment_id)
    return [TicketReplied(**notice.head(f"replied:{notice.issue}:{comment_id}", at_ms), data=replied)]


def _updated(notice: _Notice, comment: Fields) -> Adapted:
    told = word(notice.body.get("issue_event_type_name"))
    if told in _COMMENTED and comment:
        return _commented(notice, comment) if told in {"issue_commented", "comment_created"} else NotForUs(told)
    changelog = inner(notice.body, "changelog")
    items = objects(changelog.get("items"))
    changes = {word(item.get("field")): item for item in items}
    change_id = text(changelog.get("id")) or str(notice.at_ms)
    prefix = f"changed:{notice.issue}:{change_id}"
    actor, agent = notice.actor(inner(notice.body, "user"))
    events: list[Event] = []
    dimensions = Updated(
        actor=actor,
        agent=agent,
        assignee=text(changes["assignee"].get("to")) if "assignee" in changes else None,
        priority=word(changes["priority"].get("toString"))[:128] if "priority" in changes else None,
        tags=names(changes["labels"].get("toString")) if "labels" in changes else None,
    )
    if dimensions != Updated(actor=actor, agent=agent):
        events.append(TicketUpdated(**notice.head(prefix), data=dimensions))
    if "status" in changes or "resolution" in changes:
        events.append(_moved(notice, notice.head(f"{prefix}:status"), changes))
    if "satisfaction" in changes and (written := text(changes["satisfaction"].get("toString"))):
        stars = _STARS.fullmatch(written)
        rated = rating(stars[1] if stars else "", "1-5")
        if rated is None:
            return notice.delivery.not_understood("$.changelog.items: expected a satisfaction of 1 to 5")
        events.append(TicketSurveyed(**notice.head(f"{prefix}:rating"), data=Surveyed(*rated, customer=notice.customer)))
    if not events:
        return NotForUs("a change of nothing that a metric needs")
    comments = inner(notice.fields, "comment")
    if text(comments.get("total")) == "0":
        opened_at_ms = instant(notice.fields.get("created"))
        return [*recalled(notice.head(prefix), opened_at_ms, UNKNOWN, customer=notice.customer), *events]
    return events


def _moved(notice: _Notice, envelope: Head, changes: dict[str, Fields]) -> Event:
    """Into a status that is done, or out of it. The category is that of the status now, so it says where the issue stands."""
    actor, agent = notice.actor(inner(notice.body, "user"))
    resolution = changes.get("resolution", {})
    category = notice.category
    if not category and "resolution" in changes:
        category = _DONE if text(resolution.get("to")) else "indeterminate"
    status = _status(word(changes.get("status", {}).get("toString")), category) or category or "unknown"
    if category == _DONE:
        return TicketResolved(**envelope, data=Resolved(actor=actor, agent=agent, status=status))
    if text(resolution.get("from")) and not text(resolution.get("to")):
        return TicketReopened(**envelope, data=Reopened(actor=actor, agent=agent, status=status))
    return TicketUpdated(**envelope, data=Updated(actor=actor, agent=agent, status=status))


def _status(name: str, category: str) -> str:
    """A status' name is an admin's own. One that sounds closed and is not would close the ticket, so then its category stands."""
    return category if name in _CLOSED_WORDS and category != _DONE else name[:128]


def _name(fields: Fields) -> str:
    return word(fields.get("name"))[:128]


def _person(who: Fields) -> str:
    """Cloud has account ids; Server has keys, which outlive the names."""
    return text(who.get("accountId")) or text(who.get("key")) or text(who.get("name"))
