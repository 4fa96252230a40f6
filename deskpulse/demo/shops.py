"""The two shops and how they live: how often customers write, how fast agents answer, and when it goes wrong. Pure, seeded.

Law: the same seed and start give the same happenings, whoever asks and however often.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from deskpulse.demo.happenings import Happening, Kind, Ticket

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    per_hour: float
    first_reply_min: float
    """Mean of the first human reply; half of them are shorter than this times exp(-spread^2 / 2)."""
    spread: float
    next_reply_min: float


@dataclass(frozen=True, slots=True)
class Shop:
    account: str
    source: str
    channels: tuple[Channel, ...]
    teams: tuple[tuple[str, tuple[str, ...]], ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """From `begins_ms` to `ends_ms` this channel's first replies take `factor` times as long."""

    account: str
    channel: str
    begins_ms: int
    ends_ms: int
    factor: float

    def slows(self, account: str, channel: str, opened_ms: int) -> float:
        hit = account == self.account and channel == self.channel and self.begins_ms <= opened_ms < self.ends_ms
        return self.factor if hit else 1.0


NORTH = Shop(
    account="north-shop",
    source="helpdesk",
    channels=(
        Channel("chat", per_hour=62, first_reply_min=3.05, spread=0.55, next_reply_min=1.5),
        Channel("email", per_hour=12, first_reply_min=38, spread=0.7, next_reply_min=25),
        Channel("web", per_hour=6, first_reply_min=30, spread=0.7, next_reply_min=20),
    ),
    teams=(("chat-desk", ("ana", "ben", "chloe")), ("mail-desk", ("dev", "eli"))),
    tags=("delivery", "returns", "invoice", "sizes"),
)
TEA = Shop(
    account="tea-and-toast",
    source="counter",
    channels=(
        Channel("chat", per_hour=20, first_reply_min=2.4, spread=0.5, next_reply_min=1.2),
        Channel("whatsapp", per_hour=14, first_reply_min=5, spread=0.6, next_reply_min=3),
        Channel("email", per_hour=6, first_reply_min=45, spread=0.6, next_reply_min=30),
    ),
    teams=(("counter", ("fay", "gus", "hana")),),
    tags=("brewing", "subscription", "delivery"),
)
SHOPS = (NORTH, TEA)


def happenings(seed: int, start_ms: int, incident: Incident) -> Iterator[Happening]:
    """Everything from `start_ms` on, in order of time, without end."""
    ahead: list[tuple[int, str, int, Happening]] = []
    arrivals = [
        _Arrivals(random.Random(f"{seed}/{shop.account}/{channel.name}"), shop, channel, number * 100_000, start_ms)
        for shop in SHOPS
        for number, channel in enumerate(shop.channels, start=1)
    ]
    while True:
        soonest = min(arrivals, key=lambda one: (one.next_ms, one.number))
        while ahead and ahead[0][0] <= soonest.next_ms:
            yield heapq.heappop(ahead)[-1]
        ticket = soonest.take()
        rng = random.Random(f"{seed}/{ticket.account}/{ticket.number}")
        for happening in life(ticket, soonest.channel, incident, rng):
            heapq.heappush(ahead, (happening.at_ms, happening.id, happening.step, happening))


class _Arrivals:
    """Customers of one channel, at random but on average `per_hour`."""

    def __init__(self, rng: random.Random, shop: Shop, channel: Channel, number: int, start_ms: int) -> None:
        self._rng = rng
        self._shop = shop
        self.channel = channel
        self.number = number
        self.next_ms = start_ms + self._gap_ms()

    def take(self) -> Ticket:
        rng, at_ms = self._rng, self.next_ms
        self.number += 1
        self.next_ms += self._gap_ms()
        team, agents = self._shop.teams[0 if self.channel.name in {"chat", "whatsapp"} else -1]
        return Ticket(
            account=self._shop.account,
            number=self.number,
            channel=self.channel.name,
            customer=f"customer-{rng.randrange(4000)}",
            tag=rng.choice(self._shop.tags),
            priority=rng.choices(("normal", "high", "urgent"), weights=(80, 15, 5))[0],
            agent=rng.choice(agents),
            team=team,
            opened_ms=at_ms,
        )

    def _gap_ms(self) -> int:
        return 1 + int(self._rng.expovariate(self.channel.per_hour) * HOUR_MS)


def life(ticket: Ticket, channel: Channel, incident: Incident, rng: random.Random) -> list[Happening]:
    """One ticket from its opening to its rating."""
    found: list[Happening] = []

    def happens(at_ms: int, kind: Kind, rating: int = 0) -> int:
        found.append(Happening(at_ms, kind, ticket, len(found), rating))
        return at_ms

    at_ms = happens(ticket.opened_ms, "opened")
    if ticket.channel == "email":
        happens(at_ms + rng.randrange(3_000, 15_000), "acknowledged")
    slower = incident.slows(ticket.account, ticket.channel, ticket.opened_ms)
    wait_ms = _around(rng, channel.first_reply_min * slower, channel.spread)
    # Only the tea shop's own program says when a customer left; Zendesk has no such event.
    if ticket.account == TEA.account and ticket.channel == "chat" and rng.random() < 0.04:
        happens(at_ms + wait_ms, "left")
        return found
    if rng.random() < 0.3:
        happens(at_ms + int(wait_ms * rng.uniform(0.1, 0.6)), "assigned")
    if rng.random() < 0.2:
        happens(at_ms + int(wait_ms * rng.uniform(0.6, 0.95)), "tagged")
    at_ms = happens(at_ms + wait_ms, "answered")
    for _ in range(rng.choices((0, 1, 2, 3), weights=(45, 35, 15, 5))[0]):
        at_ms = happens(at_ms + _around(rng, channel.next_reply_min, 0.8), "asked")
        at_ms = happens(at_ms + _around(rng, channel.next_reply_min, 0.5), "answered")
    at_ms = happens(at_ms + _around(rng, 4, 0.6), "solved")
    if rng.random() < 0.07:
        happens(at_ms + _around(rng, 20, 0.6), "reopened")
        at_ms = happens(found[-1].at_ms + rng.randrange(1_000, 20_000), "asked")
        at_ms = happens(at_ms + _around(rng, channel.next_reply_min, 0.5), "answered")
        at_ms = happens(at_ms + _around(rng, 4, 0.6), "solved")
    if rng.random() < 0.3:
        # Who waited long is less happy.
        good = 0.92 if wait_ms < 2 * channel.first_reply_min * MINUTE_MS else 0.6
        happens(at_ms + _around(rng, 12, 0.8), "rated", rng.choice((4, 5, 5)) if rng.random() < good else rng.choice((1, 2)))
    return found


def _around(rng: random.Random, mean_min: float, spread: float) -> int:
    """A log-normal duration in ms with this mean."""
    return 1_000 + int(rng.lognormvariate(math.log(mean_min) - spread * spread / 2, spread) * MINUTE_MS)
