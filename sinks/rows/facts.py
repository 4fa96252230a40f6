"""`facts`: one row a fact that was asserted or retracted. A retraction is the same row with sign -1 and a higher version. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from events.derived import Facts, FactsRecord
from events.identity import identify
from events.metrics import METRICS
from sinks.table import Row, Table

_NAMES = tuple(metric.name for metric in METRICS)
_UNITS = tuple(metric.unit for metric in METRICS)
_LOCAL_DATE = 2

FACTS = Table(
    name="facts",
    columns=(
        "account",
        "metric",
        "local_date",
        "local_hour",
        "source",
        "ticket_id",
        "fact_id",
        "sign",
        "version",
        "unit",
        "value",
        "business_ms",
        "met",
        "level",
        "at",
        "opened_at",
        "opened_date",
        "channel",
        "team",
        "agent_id",
        "priority",
        "brand",
        "language",
        "tier",
        "tags",
    ),
    identity=("account", "metric", "local_date", "local_hour", "source", "ticket_id", "fact_id"),
    day=lambda row: row[_LOCAL_DATE],
    partitioned_by="month",
)


def fact_rows(record: FactsRecord) -> list[Row]:
    """An IndexError for a metric this release does not know."""
    return [*_signed(record, record.asserted, 1), *_signed(record, record.retracted, -1)]


def _signed(record: FactsRecord, said_of: Facts, sign: int) -> Iterator[Row]:
    if not said_of.facts:
        return
    account, source, ticket, version = record.account, record.source, record.ticket, record.version
    fact_id = identify(account, source, ticket, said_of)
    opened_date = None if said_of.opened_hour is None else said_of.opened_hour // 24
    for fact in said_of.facts:
        yield (
            account,
            _NAMES[fact.metric],
            fact.hour // 24,
            fact.hour % 24,
            source,
            ticket,
            fact_id(fact),
            sign,
            version,
            _UNITS[fact.metric],
            fact.value,
            fact.business_ms,
            None if fact.met < 0 else fact.met,
            fact.level,
            fact.at,
            said_of.opened_at,
            opened_date,
            fact.channel,
            fact.team,
            fact.agent,
            fact.priority,
            said_of.brand,
            said_of.language,
            said_of.tier,
            said_of.tags,
        )
