"""One conversation as each helpdesk tells it, through its adapter into the fold: the same life gives the same numbers.

A customer writes at 9:00, is answered at 9:10 and resolved at 9:20; writes again at 9:30, which reopens, is answered at 9:35 and
resolved at 9:40. Helpdesks that send a status without the one before it must come out like those that name the edge.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from events.rejected import Rejected
from ingest.canonical import canonical
from ingest.customer import Customers
from ingest.delivery import Delivery
from ingest.vendors import VENDORS
from tests.deliveries import CUSTOMER_KEY, fixtures
from tests.fold_adapter import folded
from tests.timeline import ms

DAY = "2026-03-02"
MINUTE_MS = 60_000
Told = list[tuple[dict[str, Any], dict[str, str]]]


def _payload(vendor: str, name: str, **changed: Any) -> dict[str, Any]:
    """A fixture's payload with fields changed; `a__b` is `b` in `a`, a number a place in a list."""
    [fixture] = [one for one in fixtures(vendor) if one.name == name]
    payload: dict[str, Any] = deepcopy(fixture.case["payload"])
    for path, value in changed.items():
        node: Any = payload
        *outer, last = path.split("__")
        for part in outer:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node[last] = value
    return payload


def _at(clock: str) -> int:
    return ms(f"{DAY} {clock}")


def _iso(clock: str) -> str:
    return datetime.fromtimestamp(_at(clock) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zendesk() -> Told:
    def said(name: str, clock: str, **changed: Any) -> tuple[dict[str, Any], dict[str, str]]:
        return _payload("zendesk", name, id=clock, time=_iso(clock), **changed), {}

    return [
        said("created_by_mail", "09:00"),
        said("reply_by_agent", "09:10"),
        said("solved_by_agent", "09:20"),
        said("reply_by_customer", "09:30", event__comment__id="2"),
        said("reopened_by_customer", "09:30:01"),
        said("reply_by_agent", "09:35", event__comment__id="3"),
        said("solved_by_agent", "09:40"),
    ]


def _gorgias() -> Told:
    def ticket(name: str, clock: str, **changed: Any) -> tuple[dict[str, Any], dict[str, str]]:
        return _payload("gorgias", name, updated_datetime=_iso(clock), **changed), {}

    def message(name: str, clock: str) -> tuple[dict[str, Any], dict[str, str]]:
        return _payload("gorgias", name, message_id=clock, occurred_at=_iso(clock)), {}

    return [
        ticket("created", "09:00", created_datetime=_iso("09:00")),
        message("reply_by_agent", "09:10"),
        ticket("closed", "09:20", closed_datetime=_iso("09:20")),
        message("reply_by_customer", "09:30"),
        ticket("updated", "09:30:01"),
        message("reply_by_agent", "09:35"),
        ticket("closed", "09:40", closed_datetime=_iso("09:40")),
    ]


def _intercom() -> Told:
    def said(name: str, clock: str, **changed: Any) -> tuple[dict[str, Any], dict[str, str]]:
        item = {"data__item__created_at": _at("09:00") // 1000}
        part = "data__item__conversation_parts__conversation_parts__0__"
        made = {} if name == "created" else {f"{part}created_at": _at(clock) // 1000, f"{part}id": clock}
        return _payload("intercom", name, id=clock, created_at=_at(clock) // 1000, **item, **made, **changed), {}

    return [
        said("created", "09:00"),
        said("reply_by_agent", "09:10"),
        said("closed", "09:20"),
        said("reply_that_reopens", "09:30"),
        said("reply_by_agent", "09:35"),
        said("closed", "09:40"),
    ]


def _freshdesk() -> Told:
    told = [
        ("created", "09:00"),
        ("reply_by_agent", "09:10"),
        ("resolved", "09:20"),
        ("reply_by_customer", "09:30"),
        ("reopened", "09:30:01"),
        ("reply_by_agent", "09:35"),
        ("resolved", "09:40"),
    ]
    return [(_payload("freshdesk", name, occurred_at=_iso(clock)), {}) for name, clock in told]


def _helpscout() -> Told:
    def said(name: str, event: str, clock: str, thread: str = "", **changed: Any) -> tuple[dict[str, Any], dict[str, str]]:
        payload = _payload("helpscout", name, userUpdatedAt=_iso(clock), **changed)
        if thread:
            payload["threads"] = 9
            newest = next(one for one in payload["_embedded"]["threads"] if one["type"] == thread)
            newest.update(id=int(clock.replace(":", "")), createdAt=_iso(clock))
        return payload, {"x-helpscout-event": event}

    return [
        said("created", "convo.created", "09:00"),
        said("reply_by_agent_later", "convo.agent.reply.created", "09:10", "message"),
        said("closed", "convo.status", "09:20", closedAt=_iso("09:20"), threads=9),
        said("reply_by_customer", "convo.customer.reply.created", "09:30", "customer"),
        said("active", "convo.status", "09:30:01", _embedded={}),
        said("reply_by_agent_later", "convo.agent.reply.created", "09:35", "message"),
        said("closed", "convo.status", "09:40", closedAt=_iso("09:40"), threads=9),
    ]


def _front() -> Told:
    def said(name: str, clock: str, **changed: Any) -> tuple[dict[str, Any], dict[str, str]]:
        made = {"conversation__created_at": _at("09:00") / 1000}
        payload = _payload("front_rule", name, id=clock, emitted_at=_at(clock) / 1000, **made, **changed)
        if isinstance(payload["target"], dict):
            payload["target"]["data"]["created_at"] = _at(clock) / 1000
        return payload, {}

    return [
        said("inbound_first", "09:00"),
        said("out_reply", "09:10"),
        said("archive", "09:20"),
        said("inbound", "09:30"),
        said("reopen", "09:30:01"),
        said("out_reply", "09:35"),
        said("archive", "09:40"),
    ]


LIVES: dict[str, Callable[[], Told]] = {
    "zendesk": _zendesk,
    "gorgias": _gorgias,
    "intercom": _intercom,
    "freshdesk": _freshdesk,
    "helpscout": _helpscout,
    "front_rule": _front,
}
EACH = pytest.mark.parametrize("vendor", list(LIVES))


def _records(vendor: str, told: Told) -> list[tuple[int, int, bytes | None, bytes | None]]:
    """As the gateway would append them."""
    row = VENDORS[vendor]
    values: list[bytes] = []
    for payload, headers in told:
        body = json.dumps(payload).encode()
        customers = Customers(CUSTOMER_KEY, row.helpdesk)
        adapted = row.adapt(Delivery("acme", "desk", row.helpdesk, body, headers, _at("09:41"), customers))
        assert isinstance(adapted, list), adapted
        for event in adapted:
            value = canonical(event)
            assert not isinstance(value, Rejected), value
            values.append(value)
    return [(offset, _at("09:41"), b"acme", value) for offset, value in enumerate(values)]


def _facts(vendor: str, told: Told) -> dict[str, list[int]]:
    """Values by metric, in the order of their ordinals."""
    known = folded(_records(vendor, told))
    assert known.rejects == {}
    found: dict[str, list[tuple[int, int]]] = {}
    for fact in known.facts:
        found.setdefault(fact[3], []).append((fact[4], fact[5]))
    return {metric: [value for _ordinal, value in sorted(values)] for metric, values in found.items()}


@EACH
def test_the_same_life_gives_the_same_numbers(vendor: str) -> None:
    facts = _facts(vendor, LIVES[vendor]())
    assert facts["tickets_opened"] == [1]
    assert facts["frt_human"] == [10 * MINUTE_MS]
    assert facts["reply_time"] == [10 * MINUTE_MS, 5 * MINUTE_MS]
    assert facts["reopen_response_time"] == [5 * MINUTE_MS]
    assert facts["resolved_events"] == [1, 1]
    assert facts["first_resolution_time"] == [20 * MINUTE_MS]
    assert facts["full_resolution_time"] == [40 * MINUTE_MS]
    assert len(facts["reopened"]) == 1


@EACH
def test_doubled_and_shuffled_deliveries_give_the_same_numbers(vendor: str) -> None:
    told = LIVES[vendor]()
    shuffled = [*told, *told]
    Random(7).shuffle(shuffled)
    assert _facts(vendor, shuffled) == _facts(vendor, told)


@EACH
def test_every_answer_names_its_agent_and_the_customer_is_one(vendor: str) -> None:
    known = folded(_records(vendor, LIVES[vendor]()))
    [row] = known.tickets.values()
    assert row["customer"]
    assert row["replies"] == 2
    assert all(fact[10] for fact in known.facts if fact[3] == "frt_human")
