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
from pathlib import Path
from typing import Any

import faust
import msgspec
from faust.serializers import codecs

from bench.plain_metrics import Place, Said, State, count, stand, standing, step
from events import wire


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
