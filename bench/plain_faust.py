"""The same metrics as one would write them in plain Faust: an agent for each event; tickets, minutes and who is open in tables.

It is spared what it could not do: corrections by late events, repeated ids, ratings changed later, exactly-once and alerts; and the
gauges' history by the minute, their present alone is kept. Settings are fair to it: logging at WARNING, no web server, tables in
memory with changelog, msgspec for all (de)serializing, commit every second.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import faust
import msgspec
from faust.serializers import codecs
from msgspec import Struct

from events import metrics as m
from events import wire
from streams.book import Book

_BOOK = Book()
"""Of defaults, as all accounts of the log have."""


class Said(NamedTuple):
    metric: int
    value: int
    at_ms: int
    channel: str
    team: str
    agent: str
    level: int = 0
    """Of service; 0: none."""
    sign: int = 1
    """-1 takes it back."""


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
    full: Said | None = None
    """Its full resolution as it was said last: a later one takes its place."""
    touch: Said | None = None
    """That it took one touch, until a second one came."""


class Place(Struct, array_like=True):
    """Backlog and waiting of an account's channel and team, as of the last event."""

    open: int = 0
    waiting: dict[str, int] = {}
    """Tickets whose customer waits, and since when."""


Standing = tuple[str, str, int | None]
"""Where an open ticket counts, and since when its customer waits."""


def standing(t: State) -> Standing | None:
    """None: it is not open."""
    return None if t.is_resolved or not t.channel else (t.channel, t.team, t.waiting_ms)


def stand(places: MutableMapping[str, Place], source: str, ticket: str, before: Standing | None, after: Standing | None) -> None:
    """The ticket leaves the place where it counted, and counts where it now belongs."""
    changed: dict[str, Place] = {}
    for found, sign in ((before, -1), (after, 1)):
        if found is not None:
            channel, team, since = found
            name = f"{source}/{channel}/{team}"
            place = changed[name] = changed.get(name) or places[name]
            place.open += sign
            place.waiting.pop(ticket, None)
            if sign > 0 and since is not None:
                place.waiting[ticket] = since
    for name, place in changed.items():
        places[name] = place


def count(minutes: MutableMapping[str, dict[str, list[int]]], source: str, said: list[Said]) -> None:
    """Facts of one event into the cells of their minutes: count, sum, and how many of each level."""
    changed: dict[str, dict[str, list[int]]] = {}
    for metric, value, at_ms, channel, team, _, level, sign in said:
        name = f"{source}/{at_ms // 60_000}/{channel}/{team}"
        cells = changed.get(name)
        if cells is None:
            cells = changed[name] = minutes[name]
        cell = cells.setdefault(str(metric), [0, 0, 0, 0, 0, 0, 0])
        cell[0] += sign
        cell[1] += sign * value
        if level:
            cell[1 + level] += sign
    for name, cells in changed.items():
        minutes[name] = cells


def step(t: State, event: wire.TicketEvent, at_ms: int) -> list[Said]:
    """What the event adds, taken as the newest of its ticket."""
    said: list[Said] = []

    def fact(metric: int, value: int, agent: str, level: int = 0) -> Said:
        new = Said(metric, value, at_ms, t.channel, t.team, agent, level)
        said.append(new)
        return new

    def again(old: Said, value: int | None = None) -> None:
        """Taken back, and said anew with another value if there is one."""
        said.append(old._replace(sign=-1))
        if value is not None:
            said.append(old._replace(value=value))

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
            _answered(t, reply.agent, at_ms, fact, again)
        case wire.TicketResolved(data=resolved) if not t.is_resolved:
            _resolved(t, resolved.agent, at_ms, fact, again)
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


def _answered(t: State, agent: str, at_ms: int, fact: Any, again: Any) -> None:
    if t.first_ms is None and t.opened_ms is not None:
        t.first_ms = at_ms
        fact(m.FRT_ANY, at_ms - t.opened_ms, agent)
        took_ms = at_ms - t.opened_ms
        fact(m.FRT_HUMAN, took_ms, agent, _BOOK.level(t.channel, t.opened_ms, took_ms))
    if t.waiting_ms is not None:
        fact(m.REPLY_TIME, at_ms - t.waiting_ms, agent)
        if t.turn > 1:
            fact(m.NEXT_RESPONSE_TIME, at_ms - t.waiting_ms, agent)
        t.waiting_ms = None
    if t.asked_again_ms is not None:
        fact(m.REOPEN_RESPONSE_TIME, at_ms - t.asked_again_ms, agent)
        t.asked_again_ms = None
    if t.touch is not None:
        again(t.touch, 0)
        t.touch = None
    t.replies += 1
    t.last_agent = agent


def _resolved(t: State, agent: str, at_ms: int, fact: Any, again: Any) -> None:
    t.is_resolved = True
    t.resolved_ms, t.waiting_ms = at_ms, None
    fact(m.RESOLVED_EVENTS, 1, agent)
    fact(m.ABANDONMENT, 0, agent)
    if t.cycle_ms is not None:
        fact(m.CYCLE_RESOLUTION_TIME, at_ms - t.cycle_ms, agent)
    if t.opened_ms is not None:
        if t.cycle == 1:
            fact(m.FIRST_RESOLUTION_TIME, at_ms - t.opened_ms, agent)
            one = fact(m.ONE_TOUCH, int(t.replies == 1), agent)
            t.touch = one if one.value else None
            fact(m.ZERO_TOUCH, int(t.replies == 0), agent)
        if t.full is not None:
            again(t.full)
        t.full = fact(m.FULL_RESOLUTION_TIME, at_ms - t.opened_ms, agent)


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
    codecs.register("place", _Codec(Place))
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
    places = app.Table("places", default=Place, partitions=partitions)
    # Of the changelog; a table has no argument for it.
    tickets.value_serializer, minutes.value_serializer, places.value_serializer = "state", "cells", "place"
    measured = _Measured(told["events"], Path(told["done"]))

    async def fold(events: Any) -> None:
        async for event in events:
            measured.begin()
            at_ms = int(event.time.timestamp() * 1000)
            key = f"{event.source}/{event.subject}"
            ticket = tickets[key]
            before = standing(ticket)
            said = step(ticket, event, at_ms)
            tickets[key] = ticket
            after = standing(ticket)
            if told["gauges"] and before != after:
                stand(places, event.source, event.subject, before, after)
            if said:
                count(minutes, event.source, said)
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
