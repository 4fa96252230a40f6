"""The same metrics as one would write them in plain Faust: an agent for each event, tickets and minutes in tables.

It is spared what it could not do: corrections by late events, repeated ids, exactly-once, alerts and gauges. Settings are fair to
it: logging at WARNING, no web server, tables in memory with changelog, msgspec for all (de)serializing, commit every second.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import faust
import msgspec
from faust.serializers import codecs
from msgspec import Struct

from events import metrics as m
from events import wire


class State(Struct, array_like=True):
    channel: str = ""
    team: str = ""
    priority: str = ""
    opened_ms: int | None = None
    first_ms: int | None = None
    waiting_ms: int | None = None
    pending_ms: int | None = None
    resolved_ms: int | None = None
    cycle_ms: int | None = None
    asked_again_ms: int | None = None
    last_agent: str = ""
    turn: int = 0
    cycle: int = 1
    replies: int = 0
    is_resolved: bool = False


Said = tuple[int, int, int, str, str, str]
"""Metric, value, instant, channel, team, agent."""


def step(t: State, event: wire.TicketEvent, at_ms: int) -> list[Said]:
    """What the event adds, taken as the newest of its ticket."""
    said: list[Said] = []

    def fact(metric: int, value: int, agent: str) -> None:
        said.append((metric, value, at_ms, t.channel, t.team, agent))

    match event:
        case wire.TicketOpened(data=opened):
            t.channel, t.team, t.priority = opened.channel, opened.team, opened.priority
            t.opened_ms = t.waiting_ms = t.cycle_ms = at_ms
            t.turn = 1
            fact(m.TICKETS_OPENED, 1, "")
        case wire.TicketReplied(data=reply) if reply.actor == "customer":
            if t.is_resolved:
                t.pending_ms = t.pending_ms or at_ms
            elif t.waiting_ms is None:
                t.turn += 1
                t.waiting_ms = at_ms
        case wire.TicketReplied(data=reply):
            _answered(t, reply.agent, at_ms, fact)
        case wire.TicketResolved(data=resolved) if not t.is_resolved:
            _resolved(t, resolved.agent, at_ms, fact)
        case wire.TicketReopened() if t.is_resolved:
            fact(m.REOPENED, at_ms - (t.resolved_ms or at_ms), t.last_agent)
            t.is_resolved = False
            t.cycle += 1
            t.cycle_ms = at_ms
            t.waiting_ms = t.asked_again_ms = t.pending_ms
            t.turn += 1
        case wire.TicketSurveyed(data=survey):
            fact(m.CSAT, survey.rating, t.last_agent)
        case wire.TicketUpdated(data=update):
            t.team = t.team if update.team is None else update.team
        case _:
            pass
    return said


def _answered(t: State, agent: str, at_ms: int, fact: Any) -> None:
    if t.first_ms is None and t.opened_ms is not None:
        t.first_ms = at_ms
        fact(m.FRT_ANY, at_ms - t.opened_ms, agent)
        fact(m.FRT_HUMAN, at_ms - t.opened_ms, agent)
    if t.waiting_ms is not None:
        fact(m.REPLY_TIME, at_ms - t.waiting_ms, agent)
        if t.turn > 1:
            fact(m.NEXT_RESPONSE_TIME, at_ms - t.waiting_ms, agent)
        t.waiting_ms = None
    if t.asked_again_ms is not None:
        fact(m.REOPEN_RESPONSE_TIME, at_ms - t.asked_again_ms, agent)
        t.asked_again_ms = None
    t.replies += 1
    t.last_agent = agent


def _resolved(t: State, agent: str, at_ms: int, fact: Any) -> None:
    t.is_resolved = True
    t.resolved_ms, t.waiting_ms = at_ms, None
    fact(m.RESOLVED_EVENTS, 1, agent)
    fact(m.ABANDONMENT, 0, agent)
    if t.cycle_ms is not None:
        fact(m.CYCLE_RESOLUTION_TIME, at_ms - t.cycle_ms, agent)
    if t.opened_ms is not None:
        if t.cycle == 1:
            fact(m.FIRST_RESOLUTION_TIME, at_ms - t.opened_ms, agent)
            fact(m.ONE_TOUCH, int(t.replies == 1), agent)
            fact(m.ZERO_TOUCH, int(t.replies == 0), agent)
        fact(m.FULL_RESOLUTION_TIME, at_ms - t.opened_ms, agent)


class _Codec(codecs.Codec):  # type: ignore[misc]  # Faust has no types here
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._decoder = msgspec.json.Decoder(kind)
        self._encoder = msgspec.json.Encoder()

    def _dumps(self, obj: Any) -> bytes:
        return self._encoder.encode(obj)

    def _loads(self, s: bytes) -> Any:
        return self._decoder.decode(s)


def create(told: dict[str, Any]) -> faust.App:
    """An app that notes its CPU time between the first event and the last one."""
    codecs.register("event", _Codec(wire.Event))
    codecs.register("state", _Codec(State))
    codecs.register("cells", _Codec(dict[str, list[int]]))
    codecs.register("said", _Codec(list[Said]))
    partitions = told["partitions"]
    app = faust.App(
        told["prefix"] + "plain",
        broker=f"kafka://{told['bootstrap']}",
        store="memory://",
        datadir=told["folder"],
        topic_partitions=partitions,
        broker_commit_interval=1.0,
        producer_linger=0.1,
        producer_compression_type="lz4",
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
        web_enabled=False,
        autodiscover=False,
    )
    source = app.topic(told["prefix"] + "ticket-events", key_type=bytes, key_serializer="raw", value_serializer="event")
    facts = app.topic(told["prefix"] + "facts", key_serializer="raw", value_serializer="said")
    tickets = app.Table("tickets", default=State, partitions=partitions)
    minutes = app.Table("minutes", default=dict, partitions=partitions)
    # Of the changelog; a table has no argument for it.
    tickets.value_serializer, minutes.value_serializer = "state", "cells"
    measured = _Measured(told["events"], Path(told["done"]))

    async def fold(events: Any) -> None:
        async for event in events:
            measured.begin()
            at_ms = int(event.time.timestamp() * 1000)
            key = f"{event.source}/{event.subject}"
            ticket = tickets[key]
            said = step(ticket, event, at_ms)
            tickets[key] = ticket
            if said:
                place = f"{event.source}/{at_ms // 60_000}/{ticket.channel}/{ticket.team}"
                cells = minutes[place]
                for metric, value, *_ in said:
                    cell = cells.setdefault(str(metric), [0, 0])
                    cell[0] += 1
                    cell[1] += value
                minutes[place] = cells
                await facts.send(key=key.encode(), value=said)
            measured.counted(len(said))

    app.agent(source)(fold)
    return app


class _Measured:
    def __init__(self, events: int, done: Path) -> None:
        self._events = events
        self._done = done
        self._begun_ns = -1
        self._began_s = 0.0
        self._seen = self._facts = 0

    def begin(self) -> None:
        if self._begun_ns < 0:
            self._begun_ns, self._began_s = time.process_time_ns(), time.monotonic()

    def counted(self, facts: int) -> None:
        self._seen += 1
        self._facts += facts
        if self._seen == self._events:
            told = {
                "cpu_ns": time.process_time_ns() - self._begun_ns,
                "wall_s": time.monotonic() - self._began_s,
                "events": self._seen,
                "facts": self._facts,
            }
            beside = self._done.with_suffix(".new")
            beside.write_text(json.dumps(told), encoding="utf-8")
            beside.replace(self._done)


def main(text: str) -> None:
    app = create(json.loads(text))
    faust.Worker(app, loglevel=logging.WARNING).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1])
