"""A long history lets its oldest events go and keeps what they made of the ticket. Law: nothing is seen of it but the refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from unittest.mock import patch

import pytest
from hypothesis import given

from streams.tickets import history
from streams.tickets.ticket import Ticket, pack, unpack
from tests.changing_strategies import changing_logs
from tests.log_strategies import CALM, NUMBER, PARTITIONS, logs, silent_logs
from tests.oracle.log import Expected, recompute
from tests.property.test_fold_laws import cuts, differences, run
from tests.timeline import Record, Timeline

short = patch.multiple(history, SEAL_AT=4, WEIGHED_EVERY=1, HELD_TIMES=100)
any_log = logs(CALM) | silent_logs(changing=False) | changing_logs()


def told_once(records: Sequence[Record]) -> list[Record]:
    """Each event under an id of its own: whether one was there before is not known of those that are sealed."""
    return [(offset, at, key, _named(value or b"", offset)) for offset, at, key, value in records]


def _named(value: bytes, offset: int) -> bytes:
    event = json.loads(value)
    return json.dumps({**event, "id": f"{event['id']}-{offset}"}).encode()


def without(records: Sequence[Record], refused: Sequence[int]) -> list[Record]:
    """The log as if those had been orders: they move the account's clock and nothing else."""
    return [(*record[:3], _ordered(record[3] or b"")) if record[0] in refused else record for record in records]


def _ordered(value: bytes) -> bytes:
    event = json.loads(value)
    data = {"amount": "1.00", "currency": "EUR"}
    return json.dumps({**event, "type": "deskpulse.order.placed.v1", "data": data}).encode()


def _checked(known: Expected, records: Sequence[Record]) -> None:
    assert set(known.rejects.values()) <= {"sealed"}
    expected = recompute(without(records, list(known.rejects)), NUMBER, PARTITIONS)
    known.rejects.clear()
    assert differences(expected, known) == []


@given(records=any_log.map(told_once), cuts=cuts)
def test_what_is_sealed_counts_on_and_what_comes_before_it_is_refused(records: list[Record], cuts: list[int]) -> None:
    with short:
        _checked(run(records)[0].known(), records)
        _checked(run(records, cuts, resume=True)[0].known(), records)


def test_only_what_sorts_after_the_sealed_part_is_taken() -> None:
    t = Timeline("2025-03-29")
    t.at("10:00").opened()
    for minute in range(1, 5):
        t.at(f"10:0{minute}").customer()
    t.at("10:01:30").received("10:05").agent()
    t.at("10:00:30").received("10:05").agent()
    with short:
        known = run(t.records())[0].known()
    assert known.rejects == {6: "sealed"}
    assert sorted(fact[3] for fact in known.facts) == ["frt_any", "frt_human", "reply_time", "tickets_opened"]


def test_a_sealed_ticket_waits_on_when_its_partition_is_taken_over() -> None:
    """How the ticket stood before what is not sealed is in the sealed part alone."""
    t = Timeline("2025-03-29")
    t.at("10:00").opened()
    t.at("10:00:01").customer()
    for second in range(2, 6):
        t.at(f"10:05:0{second}").customer()
    t.at("10:06:30").tick()
    records = t.records()
    with short:
        expected = recompute(records, NUMBER, PARTITIONS)
        for cut in range(len(records)):
            assert differences(expected, run(records, [cut], resume=True)[0].known()) == []


def _long(event_count: int, told_ms: Callable[[int], int]) -> list[Record]:
    """A ticket of so many messages a minute apart, in the order of `told_ms`; the clock is past all of them."""
    t = Timeline("2025-03-04")
    end_ms = t.ms("10:00") + (event_count + 10) * 60_000
    t.at_ms(end_ms).opened("other")
    t.at("10:00").received_ms(end_ms).opened()
    for n in sorted(range(1, event_count), key=told_ms):
        t.at_ms(t.ms("10:00") + n * 60_000).received_ms(end_ms).customer()
    return t.records()


def _ticket(records: Sequence[Record]) -> Ticket:
    (packed,) = (value for (topic, key), value in run(records)[1].records.items() if topic == "tickets" and key.endswith(b"/1"))
    return unpack(packed)


@pytest.mark.parametrize(
    "order", [lambda n: n, lambda n: -n, lambda n: n * 7_919 % 1_009], ids=["in order", "newest first", "mixed"]
)
def test_a_history_is_sealed_in_whatever_order_it_came(order: Callable[[int], int]) -> None:
    ticket = _ticket(_long(1_100, order))
    assert len(ticket.history) <= history.SEAL_AT
    assert ticket.sealed is not None


@pytest.mark.parametrize("tags", [(), tuple(f"tag-{n}" * 9 for n in range(90))], ids=["many", "large"])
def test_a_flood_within_one_minute_is_sealed_before_the_minute_closes(tags: tuple[str, ...]) -> None:
    """Each event is looked for among all that are kept, and all of them are in one record."""
    t = Timeline("2025-03-04")
    t.at("10:00").opened()
    for n in range(1, 300 if tags else 9_000):
        t.at_ms(t.ms("10:00") + n).updated(**({"tags": [*tags, str(n)]} if tags else {"status": "open"}))
    ticket = _ticket(t.records())
    assert len(ticket.history) <= history.HELD_TIMES * history.SEAL_AT
    assert len(pack(ticket)) < 2 * history.HELD_TIMES * history.SEAL_BYTES


def test_a_history_of_large_events_is_sealed_by_its_bytes() -> None:
    t = Timeline("2025-03-04")
    t.at("10:00").opened()
    for n in range(1, 400):
        t.at_ms(t.ms("10:00") + n * 60_000).updated(tags=[f"a-tag-of-{n}-and-{m}" for m in range(90)])
    assert len(pack(_ticket(t.records()))) < 2 * history.SEAL_BYTES


@given(records=any_log.map(told_once), cuts=cuts)
def test_a_full_ticket_takes_nothing_but_its_end_and_what_is_refused_is_known(records: list[Record], cuts: list[int]) -> None:
    with patch.object(history, "MOST_FACTS", 4):
        for known in (run(records)[0].known(), run(records, cuts, resume=True)[0].known()):
            assert set(known.rejects.values()) <= {"too_large"}
            expected = recompute(without(records, list(known.rejects)), NUMBER, PARTITIONS)
            known.rejects.clear()
            assert differences(expected, known) == []
