"""A gateway that starts while the broker is away opens its doors at once: what comes meanwhile may never come again."""

from __future__ import annotations

import asyncio

from deskpulse.local_kafka.ports import free_port
from ingest.append import KafkaLog
from ingest.record import Outcome
from ingest.settings import Limits
from tests.doors import settings
from tests.spools import record


def test_the_log_is_open_before_anybody_knows_whether_the_broker_is_there() -> None:
    async def start() -> None:
        log = KafkaLog(settings(client={"bootstrap.servers": f"127.0.0.1:{free_port()}"}, limits=Limits(append_s=3.0)))
        async with asyncio.timeout(2.5):
            await log.open()
            assert not log.is_reachable()
            assert await log.append([record(1)]) is Outcome.AWAY
        await log.close()

    asyncio.run(start())
