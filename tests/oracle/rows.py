"""A ticket's row as it now is, from its life and its facts. Section 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.oracle.facts import Fact, Heading, counted_replies, sender, stars
from tests.oracle.life import Did, Life
from tests.oracle.settings import Book
from tests.oracle.turns import Turns


def row(life: Life, turns: Turns, book: Book, head: Heading, told: Sequence[Fact]) -> dict[str, Any]:
    """Fields of the row but its identity, version and vendor."""
    d = life.dimensions
    human, resolved, rated = (life.when(did) for did in (Did.HUMAN_REPLY, Did.RESOLUTION, Did.RATING))
    value = {fact.metric: fact for fact in told}
    frt, resolution = value.get("frt_human"), value.get("full_resolution_time")
    gone = [step for step in life.steps if step.did & {Did.ABANDONMENT, Did.RETURN}][-1:]
    abandoned = [step for step in gone if Did.ABANDONMENT in step.did]
    return {
        "status": life.status,
        "merged_into": life.merged_into,
        "customer": d.customer,
        "brand": d.brand,
        "language": d.language,
        "tier": d.tier,
        "channel": d.channel,
        "team": d.team,
        "agent": d.agent,
        "last_agent": sender(human[-1])[0] if human else "",
        "last_team": sender(human[-1])[1] if human else "",
        "priority": d.priority,
        "tags": d.tags,
        "opened_at": head.opened_at,
        "opened_hour": head.opened_hour,
        "first_replied_at": human[0].at if human else None,
        "resolved_at": resolved[-1].at if resolved else None,
        "abandoned_at": abandoned[0].at if abandoned else None,
        "waiting_since": turns.waiting[-1],
        "updated_at": life.last_at,
        "replies": counted_replies(life.steps, book),
        "reopens": life.steps[-1].cycle - 1,
        "rating": stars(rated[-1]) if rated else None,
        "level": frt.level if frt else 0,
        "first_response_ms": frt.value if frt else None,
        "resolution_ms": resolution.value if resolution else None,
    }
