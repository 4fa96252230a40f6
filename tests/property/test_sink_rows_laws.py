"""Laws of the sinks' pure part: any record gives rows or a reason, repetition changes nothing, cuts are invisible."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.derived import SCHEMA, Fact, Facts, FactsRecord, Leaf, Minute, TicketRow
from events.metrics import METRICS
from events.position import Epoch
from events.windows import spread
from sinks.batch import Batch, by_table
from sinks.memory import MemoryStore
from sinks.record import Record
from sinks.rows import ALL, TOPICS, BadRow, Known, build
from sinks.rows.facts import FACTS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.rows.tickets import TICKETS

text = st.text(max_size=6)
small = st.sampled_from(["", "a", "b"])
instant = st.integers(0, 2**42)
versions = st.integers(0, 2**63)
facts = st.builds(
    Fact,
    metric=st.integers(0, len(METRICS) - 1),
    ordinal=st.integers(0, 3),
    value=st.integers(-(2**60), 2**60),
    at=instant,
    hour=st.integers(0, 2**20),
    channel=text,
    team=text,
    agent=text,
    priority=text,
    met=st.sampled_from([-1, 0, 1]),
    level=st.integers(0, 5),
    business_ms=st.none() | st.integers(0, 2**50),
)
said = st.builds(
    Facts,
    opened_at=st.none() | instant,
    opened_hour=st.none() | st.integers(0, 2**20),
    brand=text,
    language=text,
    tier=text,
    tags=st.lists(text, max_size=3).map(tuple),
    facts=st.lists(facts, max_size=3).map(tuple),
)
facts_records = st.builds(
    FactsRecord,
    schema=st.just(SCHEMA),
    version=versions,
    account=small,
    source=small,
    ticket=small,
    asserted=said,
    retracted=said,
)
tickets = st.builds(
    TicketRow,
    schema=st.just(SCHEMA),
    version=versions,
    account=small,
    source=small,
    ticket=small,
    status=st.sampled_from(["open", "resolved", "abandoned", "merged", "removed"]),
    opened_at=st.none() | instant,
    opened_hour=st.none() | st.integers(0, 2**20),
    replies=st.integers(0, 9),
)
minutes = st.builds(
    Minute,
    schema=st.just(SCHEMA),
    version=versions,
    account=small,
    minute=st.integers(0, 2**25),
    leaves=st.lists(
        st.builds(
            Leaf,
            channel=small,
            team=small,
            cells=st.dictionaries(
                st.integers(0, len(METRICS) - 1), st.lists(st.integers(0, 9), min_size=4, max_size=4), max_size=3
            ),
        ),
        max_size=3,
    ),
)
derived = st.one_of(
    st.tuples(st.just("facts"), facts_records),
    st.tuples(st.just("tickets"), tickets),
    st.tuples(st.just("metric-windows"), minutes),
)


def known() -> Known:
    return Known(Epoch(1), set())


def record(topic: str, value: object, offset: int = 0) -> Record:
    key = f"{getattr(value, 'account', '')}/{getattr(value, 'source', '')}/{getattr(value, 'ticket', '')}{getattr(value, 'minute', '')}"
    return Record(topic, 0, offset, key.encode(), msgspec.msgpack.encode(value))


def contents(store: MemoryStore) -> dict[str, list[dict[str, object]]]:
    return {table.name: sorted(store.select(table), key=repr) for table in ALL}


@given(st.sampled_from(sorted(TOPICS)), st.binary(max_size=200), st.lists(st.tuples(st.text(), st.binary()), max_size=3))
def test_any_bytes_give_rows_or_a_reason(topic: str, raw: bytes, headers: list[tuple[str, bytes]]) -> None:
    made = build(Record(topic, 0, 0, b"", raw, tuple(headers)), known())
    assert isinstance(made, BadRow) or all(len(row) == len(table.columns) for table, rows in made for row in rows)


@given(derived)
def test_every_record_of_the_fold_gives_its_rows(pair: tuple[str, FactsRecord | TicketRow | Minute]) -> None:
    topic, value = pair
    made = build(record(topic, value), known())
    assert not isinstance(made, BadRow)
    ((table, rows),) = made
    match value:
        case FactsRecord():
            assert table is FACTS
            assert len(rows) == len(value.asserted.facts) + len(value.retracted.facts)
        case TicketRow():
            assert table is TICKETS
            assert len(rows) == 1
        case Minute():
            assert table is METRIC_WINDOWS
            assert len(rows) == len(spread(value))


@given(st.lists(derived, max_size=8), st.data())
def test_writing_any_part_again_changes_nothing(
    made: list[tuple[str, FactsRecord | TicketRow | Minute]], data: st.DataObject
) -> None:
    once, again = MemoryStore(), MemoryStore()
    records = [record(topic, value, offset) for offset, (topic, value) in enumerate(made)]
    back_to = data.draw(st.integers(0, len(records)))
    for store, written in ((once, records), (again, [*records, *records[back_to:]])):
        for one in written:
            rows = build(one, known())
            assert not isinstance(rows, BadRow)
            for table, of_table in rows:
                store.insert(table, of_table)
    assert contents(once) == contents(again)


@given(st.lists(facts_records, max_size=6), st.data())
def test_where_batches_are_cut_cannot_be_seen(made: list[FactsRecord], data: st.DataObject) -> None:
    whole, cut = MemoryStore(), MemoryStore()
    borders = data.draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made)))
    for store, cuts in ((whole, [False] * len(made)), (cut, borders)):
        batch = Batch("facts", 0, 0)
        for offset, (value, border) in enumerate(zip(made, cuts, strict=True)):
            batch.add(record("facts", value, offset), build(record("facts", value, offset), known()))
            if border:
                _store(store, batch)
                batch = Batch("facts", 0, 0)
        _store(store, batch)
    assert contents(whole) == contents(cut)


@given(facts_records)
def test_a_retraction_hides_its_assertion_and_nothing_else(made: FactsRecord) -> None:
    store = MemoryStore()
    nothing = Facts(None, None, "", "", "", (), ())
    said_once = FactsRecord(SCHEMA, 5, made.account, made.source, made.ticket, made.asserted, nothing)
    unsaid = FactsRecord(SCHEMA, 6, made.account, made.source, made.ticket, nothing, made.asserted)
    before = contents(store)
    for value in (said_once, unsaid):
        rows = build(record("facts", value), known())
        assert not isinstance(rows, BadRow)
        store.insert(*rows[0])
    assert contents(store) == before


def _store(store: MemoryStore, batch: Batch) -> None:
    for table, rows in by_table(batch.entries).items():
        store.insert(table, rows)
