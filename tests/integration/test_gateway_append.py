"""The gateway on the real Kafka: durable before the answer, away and back, its own partition, the injected clock."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import httpx
import pytest
from confluent_kafka import KafkaError, Message

from deskpulse.local_kafka import LocalKafka
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from events.placement import partition_of
from ingest.append import KafkaLog
from ingest.gateway import server
from ingest.record import Outcome, Record
from ingest.settings import GatewaySettings, Limits
from tests.chaos.log_reading import records
from tests.doors import NOW_MS, OTHER_SECRET, bearing, created, opened, settings, signed
from tests.eventually import eventually
from tests.servers import FreshTopics

pytestmark = pytest.mark.kafka


@contextmanager
def _gateway(told: GatewaySettings) -> Iterator[str]:
    """Served on a free port, by a thread; its address."""
    port = free_port()
    serving = server(told, "127.0.0.1", port)
    thread = Thread(target=serving.run)
    thread.start()
    try:
        eventually(lambda: serving.started, what="the gateway is up")
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.should_exit = True
        thread.join(20)


def _told(topics: FreshTopics) -> GatewaySettings:
    return settings(client={"bootstrap.servers": topics.bootstrap}, prefix=topics.prefix)


def _post(client: httpx.Client, body: bytes) -> httpx.Response:
    return client.post("/v1/webhooks/acme/zendesk", content=body, headers=signed(body))


def _read(bootstrap: str, topic: str, partitions: int) -> list[Message]:
    """Everything that is in the topic now."""
    return [message for number in range(partitions) for message in records(bootstrap, topic, number)]


def test_what_was_answered_with_200_is_in_the_log_in_its_accounts_partition(fresh_topics: FreshTopics) -> None:
    with _gateway(_told(fresh_topics)) as address, httpx.Client(base_url=address) as client:
        for account, secret in (("acme", None), ("bolt", OTHER_SECRET)):
            headers = signed(created()) if secret is None else signed(created(), secret)
            answer = client.post(f"/v1/webhooks/{account}/zendesk", content=created(), headers=headers)
            assert answer.status_code == 200
            # Read at once: durable before the answer.
            records = _read(fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions)
            [record] = [found for found in records if found.key() == account.encode()]
            assert record.partition() == partition_of(account, fresh_topics.partitions)
            assert record.timestamp()[1] == NOW_MS
            assert json.loads(record.value())["source"] == f"/{account}/zendesk"


def test_a_batch_is_in_the_log_in_its_order_without_its_faults(fresh_topics: FreshTopics) -> None:
    batch = [opened(f"e-{number}", subject="" if number % 10 == 3 else "t") for number in range(100)]
    with _gateway(_told(fresh_topics)) as address:
        answer = httpx.post(f"{address}/v1/events", json=batch, headers=bearing(content_type="application/json"))
    assert answer.status_code == 207
    accepted = [f"e-{element['index']}" for element in answer.json() if element["status"] == "appended"]
    records = _read(fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions)
    assert [json.loads(record.value())["id"] for record in records] == accepted
    assert len(accepted) == 90


def test_a_dead_letter_of_the_largest_size_is_kept_whole(fresh_topics: FreshTopics) -> None:
    body = random.Random(7).randbytes(1 << 20)  # it cannot be compressed
    with _gateway(_told(fresh_topics)) as address:
        answer = httpx.post(f"{address}/v1/webhooks/acme/zendesk", content=body, headers=signed(body))
    assert answer.json()["status"] == "dead_letter"
    [letter] = _read(fresh_topics.bootstrap, fresh_topics["dead-letters"], fresh_topics.partitions)
    assert letter.value() == body
    assert letter.partition() == partition_of("acme", fresh_topics.partitions)
    assert dict(letter.headers() or [])["stage"] == b"gateway"


def test_without_its_topic_the_gateway_is_unhealthy_until_it_exists(fresh_topics: FreshTopics) -> None:
    prefix = fresh_topics.prefix + "later."
    with _gateway(replace(_told(fresh_topics), prefix=prefix)) as address, httpx.Client(base_url=address) as client:
        assert client.get("/healthz").status_code == 503
        assert _post(client, created()).status_code == 503
        ensure_topics({"bootstrap.servers": fresh_topics.bootstrap}, Installation(partitions=2, prefix=prefix))
        eventually(lambda: client.get("/healthz").status_code == 200, within_s=20)
        assert _post(client, created()).status_code == 200


def test_a_killed_broker_gives_503_in_time_and_its_return_200(data_folder: Path) -> None:
    port = free_port()
    with LocalKafka(data_folder, port, die_with_parent=True) as broker:
        client_settings = {"bootstrap.servers": broker.bootstrap}
        ensure_topics(client_settings, Installation(partitions=4))
        told = settings(client=client_settings, limits=Limits(append_s=1.0))
        with _gateway(told) as address, httpx.Client(base_url=address, timeout=30) as client:

            def post(number: int) -> httpx.Response:
                return _post(client, created(str(number), f"id-{number}"))

            eventually(lambda: post(0).status_code == 200, within_s=30)
            broker.kill()
            away = post(1)
            assert (away.status_code, away.headers["retry-after"]) == (503, "2")
            assert away.elapsed.total_seconds() < 3
            eventually(lambda: client.get("/healthz").status_code == 503, within_s=20)
            broker.start()
            eventually(lambda: post(2).status_code == 200, within_s=60)
            eventually(lambda: client.get("/healthz").status_code == 200, within_s=20)
        ids = [json.loads(record.value())["id"] for record in _read(broker.bootstrap, "ticket-events", 4)]
        assert {"id-0", "id-2"} <= set(ids)
        # What was answered with 503 may have arrived all the same, once for each time it was sent.
        assert set(ids) <= {"id-0", "id-1", "id-2"}
        assert ids.count("id-1") <= 1


def _record(value: bytes = b"{}") -> Record:
    return Record("ticket-events", "acme", b"acme", value, NOW_MS)


def test_a_full_buffer_refuses_at_once_and_what_is_in_it_still_arrives(fresh_topics: FreshTopics) -> None:
    async def fill() -> list[Outcome]:
        log = KafkaLog(replace(_told(fresh_topics), limits=Limits(buffered_records=50)))
        await log.open()
        outcomes = await asyncio.gather(*(log.append([_record()]) for _ in range(200)))
        await log.close()
        return list(outcomes)

    outcomes = asyncio.run(fill())
    assert set(outcomes) == {Outcome.APPENDED, Outcome.FULL}
    records = _read(fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions)
    assert len(records) == outcomes.count(Outcome.APPENDED)


def test_a_record_that_is_too_large_is_said_to_be(fresh_topics: FreshTopics) -> None:
    async def outgrow() -> Outcome:
        log = KafkaLog(_told(fresh_topics))
        await log.open()
        outcome = await log.append([_record(b"x" * 3_000_000)])
        await log.close()
        return outcome

    assert asyncio.run(outgrow()) is Outcome.TOO_LARGE


def test_a_producer_that_ends_for_good_is_replaced(fresh_topics: FreshTopics) -> None:
    async def outlive() -> list[Outcome]:
        log = KafkaLog(_told(fresh_topics))
        await log.open()
        first = await log.append([_record()])
        fatal = KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "as librdkafka would report it", fatal=True)
        log._failed(fatal, asyncio.get_running_loop())
        second = await log.append([_record()])
        await log.close()
        return [first, second]

    assert asyncio.run(outlive()) == [Outcome.APPENDED, Outcome.APPENDED]


def test_many_at_once_share_batches_and_all_are_answered(fresh_topics: FreshTopics) -> None:
    async def crowd() -> list[Outcome]:
        log = KafkaLog(_told(fresh_topics))
        await log.open()
        outcomes = await asyncio.gather(*(log.append([_record(b"%d" % number)]) for number in range(5000)))
        await log.close()
        return list(outcomes)

    assert set(asyncio.run(crowd())) == {Outcome.APPENDED}
    records = _read(fresh_topics.bootstrap, fresh_topics["ticket-events"], fresh_topics.partitions)
    assert [record.value() for record in records] == [b"%d" % number for number in range(5000)]
