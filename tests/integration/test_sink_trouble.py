"""A sink whose tables are slow, full, away or broken: what it writes meanwhile, and what it commits."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from sinks import loop
from sinks.batch import BatchPolicy
from sinks.rows.tickets import TICKETS
from tests.eventually import eventually
from tests.fake_stores import AwayStore, BrokenStore, FullTableStore, LockedStore, SlowPickyStore, StuckStore
from tests.servers import FreshTopics
from tests.sink_running import RunningSink, committed, facts_record, send, settings, ticket

pytestmark = pytest.mark.kafka


def test_while_the_database_is_away_the_sink_lags_and_loses_nothing(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = AwayStore()
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        for n in range(5):
            send(fresh_topics, "facts", n % 4, [facts_record(f"t{n}", n, n)])
        eventually(lambda: store.asked > 5 and sink.status().get("state") == "waiting")
        eventually(lambda: (sink.lag() or 0) > 0)
        assert sink.status()["waiting_for"] == "no answer"
        assert not store.values()
        assert not any(
            offset > 0 for (topic, _), offset in committed(fresh_topics, sink.settings.group).items() if topic == "facts"
        )
        store.is_there.set()
        sink.until_caught_up(fresh_topics)
        assert store.values() == set(range(5))
        eventually(lambda: sink.status()["state"] == "running")


def test_a_table_that_is_slow_holds_up_no_other(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = StuckStore()
    send(fresh_topics, "facts", 0, [facts_record("t1", 10, 1)])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        for name in ("t1", "t2", "t3"):
            send(fresh_topics, "tickets", 0, [ticket(name, 1)])
            eventually(partial(_is_there, store, name))
        eventually(lambda: committed(fresh_topics, sink.settings.group)["tickets", 0] > 0)
        assert committed(fresh_topics, sink.settings.group).get(("facts", 0), 0) <= 0, "nothing is committed before it is stored"
        store.let_go.set()
        sink.until_caught_up(fresh_topics)
    assert store.values() == {10}


def test_a_table_that_fails_holds_up_no_other(
    fresh_topics: FreshTopics, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FullTableStore()
    one_row_a_batch = settings(fresh_topics, tmp_path, batch=BatchPolicy(max_rows=1, max_wait_ms=50))
    send(fresh_topics, "facts", 0, [facts_record(f"t{n}", n, n) for n in range(20)])
    with RunningSink(one_row_a_batch, store) as sink:
        eventually(lambda: sink.status().get("waiting_for") == "table facts: full")
        for name in ("t1", "t2", "t3"):
            send(fresh_topics, "tickets", 0, [ticket(name, 1)])
            eventually(partial(_is_there, store, name))
        eventually(lambda: committed(fresh_topics, sink.settings.group)["tickets", 0] > 0)
        assert committed(fresh_topics, sink.settings.group).get(("facts", 0), 0) <= 0
        store.why = "table facts: still full"
        eventually(lambda: sink.status()["waiting_for"] == "table facts: still full")
        store.let_go.set()
        sink.until_caught_up(fresh_topics)
        eventually(lambda: sink.status()["state"] == "running")
    assert store.values() == set(range(20))
    told = [(record.message, getattr(record, "fields", {}).get("reason")) for record in caplog.records]
    assert [reason for event, reason in told if event == "waiting"] == ["table facts: full", "table facts: still full"]


def test_behind_a_batch_that_failed_for_good_no_offset_is_committed(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    store = BrokenStore()
    batches_of_one = settings(fresh_topics, tmp_path, batch=BatchPolicy(max_rows=1, max_wait_ms=50))
    send(fresh_topics, "facts", 0, [facts_record(f"t{n}", n, n) for n in range(10)])
    with RunningSink(batches_of_one, store) as sink:
        assert isinstance(sink.until_stopped(), ZeroDivisionError)
    assert committed(fresh_topics, sink.settings.group).get(("facts", 0), 0) <= 0
    with RunningSink(batches_of_one, store) as sink:
        sink.until_caught_up(fresh_topics)
    assert store.values() == set(range(10))


def test_behind_the_deadline_of_a_stop_no_insert_begins(
    fresh_topics: FreshTopics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of a batch that is being halved either, which begins one after another."""
    monkeypatch.setattr(loop, "DRAIN_S", 0.5)
    store = SlowPickyStore()
    send(fresh_topics, "tickets", 0, [ticket(f"t{n}", 1, rating=7 if n == 60 else 0) for n in range(100)])
    with RunningSink(settings(fresh_topics, tmp_path), store) as sink:
        eventually(lambda: store.began)
        asked_s = time.monotonic()
        sink.stop()
    assert max(store.began) - asked_s < 0.5 + 1.0
    assert committed(fresh_topics, sink.settings.group).get(("tickets", 0), 0) <= 0


def _is_there(store: LockedStore, name: str) -> bool:
    return any(row["ticket_id"] == name for row in store.select(TICKETS))
