"""What all doors share: settings, the log, counters, buckets and room. One for each process; handed to every door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from events.rejected import Rejected
from ingest.body import Room
from ingest.counters import Counters
from ingest.customer import Customers
from ingest.dead_letters import dead_letter
from ingest.delivery import Delivery
from ingest.news import News
from ingest.rate import Buckets
from ingest.record import DURABLE, Log, Outcome, Record
from ingest.settings import GatewaySettings, Source
from ingest.spool.level import Level
from ingest.spool.shelter import Shelter
from ingest.verify import Headers


@dataclass(slots=True)
class Gate:
    settings: GatewaySettings
    log: Log
    counters: Counters = field(default_factory=Counters)
    shelter: Shelter | None = None
    """Where deliveries that nobody sends again wait for the broker, if anywhere."""
    buckets: Buckets = field(default_factory=Buckets)
    news: News = field(default_factory=News)
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room(self.settings.limits.held_bytes)

    def delivery(self, source: Source, headers: Headers, body: bytes, helpdesk: str = "") -> Delivery:
        """Received now, by the injected clock; `helpdesk` where the source's vendor is but one kind of its webhooks."""
        vendor = helpdesk or source.vendor
        return Delivery(
            account=source.account,
            source=source.name,
            vendor=vendor,
            body=body,
            headers=headers,
            received_at_ms=self.settings.now_ms(),
            customers=Customers(source.customer_key, vendor),
            rating_scale=source.rating_scale,
            closed=source.closed,
        )

    def wait_s(self, source: Source, cost: int) -> float:
        """0 if the source may send that much; rates are of real time, whatever the injected clock does."""
        return self.buckets.wait_s(source.uri, source.rate, cost, monotonic())

    def spool_level(self) -> Level | None:
        return self.shelter.spool.level(self.settings.now_ms()) if self.shelter is not None else None

    async def append_events(self, delivery: Delivery, events: Sequence[bytes], *, only_once: bool = False) -> Outcome:
        """All in the account's partition, in this order. `only_once`: the vendor never sends it again."""
        key = delivery.account.encode()
        records = [Record("ticket-events", delivery.account, key, raw, delivery.received_at_ms) for raw in events]
        outcome = await self._append(records, delivery.vendor, only_once=only_once)
        if outcome is Outcome.APPENDED:
            self.counters.add("deskpulse_gateway_events_appended_total", len(records), vendor=delivery.vendor)
        return outcome

    async def append_dead_letter(
        self, delivery: Delivery, rejected: Rejected, kept_headers: Sequence[str], *, only_once: bool = False
    ) -> Outcome:
        letter = dead_letter(delivery, rejected, kept_headers)
        outcome = await self._append([letter], delivery.vendor, only_once=only_once)
        if outcome in DURABLE:
            self.counters.add("deskpulse_gateway_dead_letters_total", reason=rejected.reason.value)
        return outcome

    async def _append(self, records: Sequence[Record], vendor: str, *, only_once: bool) -> Outcome:
        if not records:
            return Outcome.APPENDED  # a log would wait for a confirmation of nothing
        began_s = monotonic()
        if only_once and self.shelter is not None:
            outcome = await self.shelter.append(records)
        else:
            outcome = await self.log.append(records)
        if outcome is Outcome.APPENDED:
            self.counters.appended_in(monotonic() - began_s)
        elif outcome is Outcome.SPOOLED:
            self.counters.add("deskpulse_gateway_spooled_total", len(records), vendor=vendor)
        return outcome
