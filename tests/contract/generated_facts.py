"""Facts out of a seed, and every metric over them recomputed in plain Python: what the views are held to."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta

UNITS = {"frt_human": "ms", "csat": "score", "one_touch": "count"}
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class GeneratedFact:
    account: str
    metric: str
    local_date: date
    local_hour: int
    source: str
    ticket_id: str
    fact_id: int
    unit: str
    value: int
    business_ms: int | None
    met: int | None
    level: int
    at: datetime
    opened_at: datetime | None
    opened_date: date | None
    channel: str
    team: str
    agent_id: str
    priority: str
    brand: str
    tags: tuple[str, ...]


COLUMNS = [field.name for field in fields(GeneratedFact)]


def generate(seed: int, number: int) -> list[GeneratedFact]:
    dice = random.Random(seed)
    # Over two quarters and a year's end, and never older than the retention of facts.
    first = datetime(datetime.now(UTC).year - 1, 11, 1, tzinfo=UTC)
    return [_fact(dice, first, fact_id) for fact_id in range(number)]


def _fact(dice: random.Random, first: datetime, fact_id: int) -> GeneratedFact:
    at = first + timedelta(hours=dice.choice([0, 23, 24, dice.randrange(24 * 120)]), milliseconds=dice.randrange(3_600_000))
    opened = at - timedelta(hours=dice.randrange(1, 90)) if dice.random() < 0.9 else None
    metric = dice.choice(list(UNITS))
    return GeneratedFact(
        account=dice.choice(["shop", "other"]),
        metric=metric,
        local_date=at.date(),
        local_hour=at.hour,
        source=dice.choice(["desk", "mail"]),
        ticket_id=f"t{dice.randrange(60)}",
        fact_id=fact_id,
        unit=UNITS[metric],
        value={"frt_human": dice.randrange(1, 900_000), "csat": dice.randrange(1, 6), "one_touch": dice.randrange(2)}[metric],
        business_ms=dice.choice([None, dice.randrange(500_000)]) if metric == "frt_human" else None,
        met=dice.choice([None, 0, 1]),
        level=dice.randrange(6) if metric == "frt_human" else 0,
        at=at,
        opened_at=opened,
        opened_date=opened.date() if opened else None,
        channel=dice.choice(["chat", "email", ""]),
        team=dice.choice(["red", "blue"]),
        agent_id=dice.choice(["ann", "bob", "cem"]),
        priority=dice.choice(["low", "high"]),
        brand=dice.choice(["", "acme"]),
        tags=tuple(dice.sample(["refund", "late", "vip"], dice.randrange(4))),
    )


def period_of(grain: str, day: date, hour: int) -> date | datetime:
    match grain:
        case "hour":
            return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def values_of(dimension: str, fact: GeneratedFact) -> Sequence[Key]:
    """A fact counts once per tag, once elsewhere."""
    if dimension == "total":
        return [()]
    if dimension == "tag":
        return [(tag,) for tag in fact.tags]
    return [(getattr(fact, "agent_id" if dimension == "agent" else dimension),)]


def grouped(facts: Iterable[GeneratedFact], keys: Callable[[GeneratedFact], Iterable[Key]]) -> dict[Key, list[GeneratedFact]]:
    groups: dict[Key, list[GeneratedFact]] = defaultdict(list)
    for fact in facts:
        for key in keys(fact):
            groups[key].append(fact)
    return groups


def measures(facts: list[GeneratedFact]) -> dict[str, object]:
    """The columns of a v_metrics view, without its key."""
    values = sorted(fact.value for fact in facts)
    business = sorted(fact.business_ms for fact in facts if fact.business_ms is not None)
    judged = [fact.met for fact in facts if fact.met is not None]
    return {
        "unit": facts[0].unit,
        "count": len(values),
        "sum": sum(values),
        "avg": sum(values) / len(values),
        **{f"p{percent}": percentile(values, percent) for percent in (50, 90, 95, 99)},
        "min": values[0],
        "max": values[-1],
        "business_avg": sum(business) / len(business) if business else None,
        "business_p50": percentile(business, 50) if business else None,
        "business_p90": percentile(business, 90) if business else None,
        "met": sum(judged),
        "missed": len(judged) - sum(judged),
        "attained": sum(judged) / len(judged) if judged else None,
        **{f"level_{level}": sum(fact.level == level for fact in facts) for level in range(1, 6)},
        "tickets": len({(fact.source, fact.ticket_id) for fact in facts}),
    }


def percentile(ordered: list[int], percent: int) -> float:
    """As numpy, pandas and spreadsheets have it: interpolated between the two neighbours."""
    rank = (len(ordered) - 1) * percent / 100
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])
