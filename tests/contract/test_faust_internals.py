"""Every internal of Faust and aiokafka that the shell overrides or calls is still there, and means what it meant."""

from __future__ import annotations

import inspect
from typing import Any

import aiokafka
import faust
import pytest
from aiokafka.consumer import fetcher
from faust.app.base import App
from faust.tables.manager import TableManager
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver

from streams.app import create_app
from streams.settings import WorkerSettings
from streams.transport import RecordBatchConsumer, Transport
from tests.integration.counting_partition import CountingPartition

SETTINGS = WorkerSettings(
    bootstrap="127.0.0.1:9092,[::1]:9093",
    fold_factory=CountingPartition,
    clock_ms=lambda: 0,
    instance_id="worker-1",
)


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (driver.Consumer, "getmany", ["self", "timeout"]),
        (driver.Consumer, "_add_gap", ["self", "tp", "offset_from", "offset_to"]),
        (driver.Consumer, "_new_offset", ["self", "tp"]),
        (driver.Consumer, "_getmany", ["self", "active_partitions", "timeout"]),
        (driver.Consumer, "_get_active_partitions", ["self"]),
        (driver.Consumer, "perform_seek", ["self"]),
        (driver.Consumer, "seek_wait", ["self", "partitions"]),
        (driver.Consumer, "highwater", ["self", "tp"]),
        (driver.Consumer, "commit", ["self", "topics", "start_new_transaction"]),
        (driver.Consumer, "verify_all_partitions_active", ["self"]),
        (driver.Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (driver.Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (driver.AIOKafkaConsumerThread, "__post_init__", ["self"]),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (driver.AIOKafkaConsumerThread, "_fetch_records", ["self", "consumer", "active_partitions", "timeout", "max_records"]),
        (driver.AIOKafkaConsumerThread, "_seek_wait", ["self", "consumer", "partitions"]),
        (fetcher.PartitionRecords, "_consumer_record", ["self", "tp", "record"]),
        (App, "_create_directories", ["self"]),
        (App, "create_event", ["self", "key", "value", "headers", "message"]),
        (TableManager, "sleep", ["self", "n"]),
        (faust.Stream, "noack", ["self"]),
        (faust.Stream, "ack", ["self", "event"]),
        (faust.Schema, "compile", ["self", "app", "on_key_decode_error", "on_value_decode_error", "default_propagate"]),
    ],
)
def test_what_the_shell_overrides_or_calls_has_its_signature(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_faust_asks_for_the_hint_only_where_something_was_acked() -> None:
    source = inspect.getsource(faust_consumer.Consumer._filter_tps_with_pending_acks)
    assert "self._acked" in source


def test_faust_still_drops_what_it_takes_for_already_read() -> None:
    """Why it is made to forget what it read: what it drops there would be a hole."""
    source = inspect.getsource(faust_consumer.Consumer._drain_messages)
    assert "get_read_offset = self._read_offset.__getitem__" in source
    assert "DROPPED MESSAGE" in source


def test_the_compiled_stream_skips_messages_of_another_generation() -> None:
    source = inspect.getsource(faust.Stream._py_aiter)
    assert "message.generation_id != self.app.consumer_generation_id" in source


def test_the_wait_of_a_fetch_is_where_the_thread_sets_it() -> None:
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in inspect.getsource(aiokafka.AIOKafkaConsumer.start)


def test_the_pauses_of_tables_are_the_only_ones_that_are_cut() -> None:
    assert "await self.sleep(1.0)" in inspect.getsource(TableManager.on_start)


@pytest.fixture
def app() -> Any:
    return create_app(SETTINGS)


def test_the_app_uses_our_transport(app: Any) -> None:
    assert isinstance(app.transport, Transport)
    assert app.transport.Consumer is RecordBatchConsumer


def test_the_app_uses_nothing_that_faust_does_not_do_safely(app: Any) -> None:
    conf = app.conf
    assert conf.processing_guarantee.name == "AT_LEAST_ONCE"
    assert not conf.web_enabled
    assert not conf.stream_wait_empty
    assert not conf.topic_allow_declare
    assert conf.topic_disable_leader
    assert conf.table_standby_replicas == 0
    assert not app.tables
    assert [agent.concurrency for agent in app.agents.values()] == [1]
    assert {url.scheme for url in conf.broker} == {"kafka"}


def test_the_app_is_a_static_member_with_the_sessions_of_its_settings(app: Any) -> None:
    conf = app.conf
    assert conf.consumer_group_instance_id == "worker-1"
    assert (conf.broker_session_timeout, conf.broker_heartbeat_interval) == (10.0, 3.0)
    assert conf.consumer_auto_offset_reset == "earliest"
    assert conf.broker_max_poll_records is None
    assert conf.consumer_max_fetch_size == 1 << 20


def test_every_broker_of_the_settings_is_asked(app: Any) -> None:
    assert driver.server_list(app.transport.url, 9092) == ["127.0.0.1:9092", "[::1]:9093"]


def test_nothing_is_awaited_between_the_records_of_a_fetch_and_its_return() -> None:
    """Why a batch can carry the number of seeks before it: both happen in one turn of the thread's loop."""
    drained = inspect.getsource(fetcher.Fetcher.fetched_records).split("if drained or not timeout:")[0]
    assert "await" not in drained.split("drained = {}")[1]


def test_fetched_records_are_made_by_the_class_that_the_transport_replaces() -> None:
    assert "= PartitionRecords(" in inspect.getsource(fetcher.Fetcher._proc_fetch_request)
    assert "self._consumer_record(tp, record)" in inspect.getsource(fetcher.PartitionRecords._unpack_records)
