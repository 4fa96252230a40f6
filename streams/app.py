"""The Faust app: one topic, one agent that hands batches to the runners, and none of what Faust does not do safely."""

from __future__ import annotations

from collections.abc import AsyncIterable
from functools import partial
from typing import Any

import faust
from faust.tables.manager import TableManager
from yarl import URL

from streams.assignment import Assignment
from streams.batch import Batch
from streams.security import credentials
from streams.settings import WorkerSettings
from streams.transport import BatchSchema, Transport

_HEARTBEAT_S = 3.0
_HEARTBEATS_A_SESSION = 3


class FoldApp(faust.App):  # type: ignore[misc]  # Faust has no types here
    """`owner` is whom the consumer asks."""

    owner: Assignment

    def _create_directories(self) -> None:
        """Faust would make a folder for tables, which there are none of, where it is started."""


class NoTables(TableManager):  # type: ignore[misc]  # Faust has no types here
    """Faust waits a second for tables to be declared; there are none, and a restart should not take it."""

    async def sleep(self, n: float) -> None:
        await super().sleep(min(n, 0.02))


def create_app(settings: WorkerSettings) -> FoldApp:
    brokers = [URL(f"kafka://{address.strip()}") for address in settings.bootstrap.split(",")]
    app = FoldApp(
        settings.app_id,
        broker=brokers,
        broker_credentials=credentials(settings.security),
        consumer_group_instance_id=settings.instance_id,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(_HEARTBEAT_S, settings.session_timeout_s / _HEARTBEATS_A_SESSION),
        # Kafka waits this long for members that do not rejoin; a drain takes a tenth of it.
        broker_rebalance_timeout=60.0,
        broker_commit_interval=1.0,
        broker_max_poll_records=None,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=settings.fetch_bytes,
        stream_buffer_maxsize=8,
        # It has no deadline; our own drain has.
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        TableManager=NoTables,
        worker_redirect_stdouts=False,
        web_enabled=False,
        autodiscover=False,
    )
    app.transport = Transport(brokers, app)
    topic = app.topic(settings.topic("ticket-events"), schema=BatchSchema())

    app.agent(topic, name="batches")(partial(_hand_over, app))
    return app


async def _hand_over(app: FoldApp, stream: Any) -> None:
    """Only hands batches over: what is awaited here makes all partitions wait."""
    by_hand = stream.noack()
    events: AsyncIterable[Any] = by_hand.events()
    async for event in events:
        fetched = event.value
        # The event is kept until it is acked; its records need not be.
        event.value = event.message.value = None
        app.owner.offer(event.message.partition, Batch(fetched, partial(by_hand.ack, event)))
