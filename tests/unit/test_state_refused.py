"""State that was not written together with its position, or by a newer release, is refused: folded on, it would be silently wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from events.codec import encode
from events.derived import SCHEMA, PositionRecord
from events.wire import Event, Opened, Replied, TicketOpened, TicketReplied
from streams.faults import NewerSchemaError, StateAheadError
from streams.partition import Partition
from streams.results import Result, Source
from streams.state import AccountState
from streams.tickets.ticket import Ticket, pack

_OFFSET = 10
_WITHIN, _BEYOND = (1 << 48) | _OFFSET, (1 << 48) | (_OFFSET + 1)


def _at(minute: int) -> datetime:
    return datetime(2026, 11, 1, 10, minute, tzinfo=UTC)


def _restored(*records: tuple[str, bytes, bytes]) -> Partition:
    partition = Partition(0, 1)
    partition.restore("fold-state", b"position/0", msgspec.msgpack.encode(PositionRecord(SCHEMA, 1, "c/t", _OFFSET)))
    for record in records:
        partition.restore(*record)
    partition.restored()
    return partition


def _ticket(version: int, schema: int = SCHEMA) -> tuple[str, bytes, bytes]:
    return "tickets", b"acme/z/1", pack(Ticket(schema=schema, version=version, account="acme", source="z", ticket="1"))


def _minute(version: int, schema: int = SCHEMA, key: bytes = b"acme/100") -> tuple[str, bytes, bytes]:
    return "metric-windows", key, msgspec.msgpack.encode((schema, version, "acme", 100, []))


def _account(version: int, schema: int = SCHEMA) -> tuple[str, bytes, bytes]:
    state = AccountState(schema, version, "acme", 0, -1, -1, -1, [], [], [])
    return "fold-state", b"account/acme", msgspec.msgpack.encode(state)


def test_state_as_far_as_its_position_is_taken_up() -> None:
    assert _restored(_account(_WITHIN), _ticket(_WITHIN), _minute(_WITHIN)).position == _OFFSET


@pytest.mark.parametrize(
    "record", [_account(_BEYOND), _ticket(_BEYOND), _minute(_BEYOND), _minute(_BEYOND, key=b"acme/100/gauges")]
)
def test_what_was_folded_beyond_the_position_is_refused(record: tuple[str, bytes, bytes]) -> None:
    with pytest.raises(StateAheadError, match="acme"):
        _restored(record)


@pytest.mark.parametrize("record", [_account(1, SCHEMA + 1), _ticket(1, SCHEMA + 1), _minute(1, SCHEMA + 1)])
def test_what_a_newer_release_wrote_is_refused(record: tuple[str, bytes, bytes]) -> None:
    with pytest.raises(NewerSchemaError, match="acme"):
        _restored(record)


def test_tickets_a_flush_ahead_of_the_rest_are_refused() -> None:
    """A power loss that cut all topics but one."""
    opened: Event = TicketOpened(
        specversion="1.0", id="e0", source="/acme/z", subject="1", time=_at(0), data=Opened(channel="chat")
    )
    replied: Event = TicketReplied(
        specversion="1.0", id="e1", source="/acme/z", subject="1", time=_at(1), data=Replied(actor="agent")
    )
    first = Partition(0, 1)
    first.begin(1, "c/t")
    flushes: list[list[Result]] = []
    for offset, event in enumerate((opened, replied)):
        first.fold([Source(offset, int(event.time.timestamp() * 1000), b"acme", encode(event))])
        flushes.append(first.results())
    torn = Partition(0, 1)
    for result in (*flushes[0], *(later for later in flushes[1] if later.topic == "tickets")):
        torn.restore(result.topic, result.key, result.value)
    with pytest.raises(StateAheadError, match="ticket acme/z/1"):
        torn.restored()
