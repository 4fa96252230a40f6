"""The fold, run over a log and read back as the oracle's dictionaries: records as upserts by key, facts asserted less retracted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.derived import Facts, FactsRecord, Minute, MinuteGauges, TicketRow
from events.metrics import METRICS
from events.windows import spread, spread_gauges
from streams.partition import Partition
from streams.results import Result, Source
from tests.oracle.log import Expected, Record

_NOT_OF_THE_ROW = frozenset({"schema", "version", "account", "source", "ticket", "vendor"})
_ticket = msgspec.msgpack.Decoder(TicketRow)
_facts = msgspec.msgpack.Decoder(FactsRecord)
_minute = msgspec.msgpack.Decoder(Minute)
_gauges = msgspec.msgpack.Decoder(MinuteGauges)


class Reader:
    """Takes results as a sink does; a tombstone only says that something is no longer live."""

    def __init__(self) -> None:
        self._rows: dict[bytes, TicketRow] = {}
        self._standing: Counter[tuple[Any, ...]] = Counter()
        self._minutes: dict[bytes, Minute | MinuteGauges] = {}
        self._alerts: dict[tuple[str, int], dict[str, Any]] = {}
        self._rejects: dict[int, str] = {}

    def take(self, results: Iterable[Result]) -> None:
        for result in results:
            value = result.value
            if value is None:
                continue
            match result.topic:
                case "tickets":
                    self._rows[result.key] = _ticket.decode(value)
                case "facts":
                    self._take_facts(_facts.decode(value))
                case "metric-windows":
                    is_gauges = result.key.endswith(b"/gauges")
                    self._minutes[result.key] = _gauges.decode(value) if is_gauges else _minute.decode(value)
                case "alerts":
                    self._take_alert(json.loads(value))
                case "dead-letters":
                    headers = {name: text.decode() for name, text in result.headers}
                    self._rejects[int(headers["src_offset"])] = headers["reason"]
                case _:
                    pass  # State of the fold alone.

    def _take_facts(self, record: FactsRecord) -> None:
        for identity in _identities(record, record.retracted):
            assert self._standing[identity] == 1, f"retracted what does not stand: {identity}"
            self._standing[identity] = 0
        for identity in _identities(record, record.asserted):
            assert self._standing[identity] == 0, f"asserted twice: {identity}"
            self._standing[identity] = 1

    def _take_alert(self, message: dict[str, Any]) -> None:
        told = message["data"]
        identity = (told["episode_id"], told["seq"])
        assert identity not in self._alerts, f"told twice: {identity}"
        essentials = {
            "type": message["type"],
            "state": told["state"],
            "account": told["account"],
            "alert_key": told["alert_key"],
            "rule": (told["rule"]["id"], told["rule"]["version"]),
            "metric": told["metric"],
            "labels": told["labels"],
            "severity": told["severity"],
            "onset_at": _ms(told["onset_at"]),
            "opened_at": _ms(told["opened_at"]),
            "resolved_at": _ms(told["resolved_at"]),
            "resolve_reason": told["resolve_reason"],
        }
        if told["state"] == "firing":
            essentials |= {"summary": told["summary"], "evidence": told["evidence"]}
        self._alerts[identity] = essentials

    def known(self) -> Expected:
        known = Expected(alerts=self._alerts, rejects=self._rejects)
        for row in self._rows.values():
            fields = {name: getattr(row, name) for name in TicketRow.__struct_fields__ if name not in _NOT_OF_THE_ROW}
            known.tickets[row.account, row.source, row.ticket] = {**fields, "tags": tuple(row.tags)}
        known.facts = {identity for identity, stands in self._standing.items() if stands}
        for minute in self._minutes.values():
            for window in spread(minute) if isinstance(minute, Minute) else spread_gauges(minute):
                identity = (minute.account, METRICS[window.metric].name, window.scope, window.label, minute.minute)
                if window.gauge is not None:
                    known.windows[identity] = {"gauge": window.gauge}
                elif window.count:
                    known.windows[identity] = {
                        "count": window.count,
                        "sum": window.sum,
                        "met": window.met,
                        "missed": window.missed,
                        "levels": tuple(window.levels) if any(window.levels) else (),
                    }
        return known


def _identities(record: FactsRecord, said: Facts) -> list[tuple[Any, ...]]:
    heading = (said.opened_at, said.opened_hour, said.brand, said.language, said.tier, tuple(said.tags))
    about = (record.account, record.source, record.ticket)
    return [
        (
            *about,
            METRICS[f.metric].name,
            f.ordinal,
            f.value,
            f.at,
            f.hour,
            f.channel,
            f.team,
            f.agent,
            f.priority,
            f.met,
            f.level,
            f.business_ms,
            *heading,
        )
        for f in said.facts
    ]


def _ms(instant: str | None) -> int | None:
    return None if instant is None else round(datetime.fromisoformat(instant).timestamp() * 1000)


def sources(records: Sequence[Record]) -> list[Source]:
    return [Source(offset, received_at, key, value) for offset, received_at, key, value in records]


def folded(records: Sequence[Record], number: int = 0, partitions: int = 1, flush_every: int | None = None) -> Expected:
    """What one fold of all the records says; drained at the end, or every so many records."""
    partition = Partition(number, partitions)
    partition.begin(1, "log")
    reader = Reader()
    size = flush_every or max(len(records), 1)
    for start in range(0, len(records), size):
        partition.fold(sources(records[start : start + size]))
        reader.take(partition.results())
    return reader.known()
