"""Plays the shops over HTTP: signed Zendesk webhooks one by one, CloudEvents in small batches, each when the clock says so."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from deskpulse.clock import Clock, wall_ms
from deskpulse.demo import cloudevents, zendesk
from deskpulse.demo.happenings import Happening
from deskpulse.demo.shops import NORTH

_SENDERS = 16
_WAITING = 400
_BATCH = 50
_STEP_S = 0.05
_PAUSE_S = 0.25
_AGAIN = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the shops post, and with what they prove themselves."""

    webhook_url: str
    secret: str = field(repr=False)
    events_url: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Played:
    """Written by the player's thread, read by anybody."""

    accepted: list[Happening] = field(default_factory=list)
    """In the order of their answers."""
    requests: int = 0
    again: int = 0
    """Requests sent again, because the gateway asked for it or did not answer."""
    refused: Counter[str] = field(default_factory=Counter)
    most_behind_ms: int = 0
    """How late, on the wall, a request was sent at most."""


class Player(threading.Thread):
    """From `start` until `stop`; then what was accepted stands in `played`."""

    def __init__(self, happenings: Iterator[Happening], clock: Clock, doors: Doors) -> None:
        super().__init__(name="player", daemon=True)
        self.played = Played()
        self.died: BaseException | None = None
        self._happenings = happenings
        self._clock = clock
        self._doors = doors
        self._over = threading.Event()
        self._began_ms = wall_ms()

    def stop(self) -> None:
        """Sends nothing more, and returns when every answer is in."""
        self._over.set()
        self.join()

    def run(self) -> None:
        try:
            asyncio.run(self._play())
        except BaseException as error:
            self.died = error
            raise

    async def _play(self) -> None:
        waiting: asyncio.Queue[list[Happening]] = asyncio.Queue(_WAITING)
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            senders = [asyncio.create_task(self._send_all(client, waiting)) for _ in range(_SENDERS)]
            await self._hand_out(waiting)
            await waiting.join()
            for sender in senders:
                sender.cancel()

    async def _hand_out(self, waiting: asyncio.Queue[list[Happening]]) -> None:
        upcoming = next(self._happenings)
        while not self._over.is_set():
            now_ms = self._clock.at(wall_ms())
            events: list[Happening] = []
            while upcoming.at_ms <= now_ms and not self._over.is_set():
                if upcoming.ticket.account == NORTH.account:
                    await waiting.put([upcoming])
                else:
                    events.append(upcoming)
                if len(events) == _BATCH:
                    await waiting.put(events)
                    events = []
                upcoming = next(self._happenings)
            if events:
                await waiting.put(events)
            await asyncio.sleep(_STEP_S)

    async def _send_all(self, client: httpx.AsyncClient, waiting: asyncio.Queue[list[Happening]]) -> None:
        while True:
            happenings = await waiting.get()
            try:
                await self._send(client, happenings)
            finally:
                waiting.task_done()

    async def _send(self, client: httpx.AsyncClient, happenings: list[Happening]) -> None:
        while True:
            try:
                answer = await self._post(client, happenings)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code not in _AGAIN:
                break
            if self._over.is_set():
                return
            self.played.again += 1
            await asyncio.sleep(_PAUSE_S)
        if answer.status_code == httpx.codes.OK:
            self.played.accepted += happenings
        else:
            self.played.refused[f"{answer.status_code} {answer.text[:200]}"] += len(happenings)

    async def _post(self, client: httpx.AsyncClient, happenings: list[Happening]) -> httpx.Response:
        now_ms = self._clock.at(wall_ms())
        self.played.requests += 1
        due_ms = max(self._clock.shows_at(happenings[0].at_ms), self._began_ms)
        self.played.most_behind_ms = max(self.played.most_behind_ms, wall_ms() - due_ms)
        if happenings[0].ticket.account != NORTH.account:
            headers = {"Authorization": f"Bearer {self._doors.token}", "Content-Type": "application/cloudevents-batch+json"}
            return await client.post(self._doors.events_url, content=cloudevents.batch(happenings), headers=headers)
        sent, timestamp = zendesk.body(happenings[0]), zendesk.instant(now_ms)
        headers = {
            "Content-Type": "application/json",
            "X-Zendesk-Webhook-Signature": zendesk.signature(self._doors.secret, timestamp, sent),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        }
        return await client.post(self._doors.webhook_url, content=sent, headers=headers)
