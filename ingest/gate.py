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
from ingest.directory import Directory
from ingest.rate import Buckets
from ingest.record import Log, Outcome, Record
from ingest.settings import GatewaySettings, Source
from ingest.verify import Headers


@dataclass(slots=True)
class Gate:
    settings: GatewaySettings
    log: Log
    counters: Counters = field(default_factory=Counters)
    buckets: Buckets = field(default_factory=Buckets)
    directory: Directory = field(default_factory=Directory)
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

    async def append_events(self, delivery: Delivery, events: Sequence[bytes]) -> Outcome:
        """All in the account's partition, in this order."""
        key = delivery.account.encode()
        records = [Record("ticket-events", delivery.account, key, raw, delivery.received_at_ms) for raw in events]
        outcome = await self._append(records)
        if outcome is Outcome.APPENDED:
            self.counters.add("deskpulse_gateway_events_appended_total", len(records), vendor=delivery.vendor)
        return outcome

    async def append_dead_letter(self, delivery: Delivery, rejected: Rejected, kept_headers: Sequence[str]) -> Outcome:
        outcome = await self._append([dead_letter(delivery, rejected, kept_headers)])
        if outcome is Outcome.APPENDED:
            self.counters.add("deskpulse_gateway_dead_letters_total", reason=rejected.reason.value)
        return outcome

    async def _append(self, records: Sequence[Record]) -> Outcome:
        began_s = monotonic()
        outcome = await self.log.append(records)
        if outcome is Outcome.APPENDED:
            self.counters.appended_in(monotonic() - began_s)
        return outcome
