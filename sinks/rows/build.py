"""A record of any topic to its rows. Pure.

Law: any bytes give rows, nothing, or a BadRow that says why without repeating a value. Only a record of a newer release raises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from events import codec
from events.derived import SCHEMA, FactsRecord, Minute, MinuteGauges, TicketRow
from events.position import Epoch, Offset, version
from events.rejected import Rejected
from events.wire import AccountConfigured, ClockTick, CustomerForgotten, DirectoryUpdated, OrderPlaced, OrderRefunded
from sinks import alert
from sinks.faults import NewerRecordError
from sinks.record import Record
from sinks.rows.account_settings import ACCOUNT_SETTINGS, settings_row
from sinks.rows.alerts import ALERTS, alert_row
from sinks.rows.dead_letters import DEAD_LETTERS, letter_row
from sinks.rows.facts import FACTS, fact_rows
from sinks.rows.forgotten import FORGOTTEN, forgotten_row
from sinks.rows.metric_windows import METRIC_WINDOWS, window_rows
from sinks.rows.orders import ORDERS, order_row
from sinks.rows.ticket_events import TICKET_EVENTS, event_row
from sinks.rows.tickets import TICKETS, ticket_row
from sinks.table import Row, Table

Rows = tuple[tuple[Table, list[Row]], ...]
T = TypeVar("T", TicketRow, FactsRecord, Minute, MinuteGauges)


class BadRow(NamedTuple):
    """Why a record cannot become rows."""

    error: str


@dataclass(slots=True)
class Known:
    """What a row depends on beside its record: the epoch of the log in this database, and who asked to be forgotten."""

    epoch: Epoch
    forgotten: set[tuple[str, str]]

    def blanked(self, account: str, customer: str) -> str:
        return "" if customer and (account, customer) in self.forgotten else customer


class _Head(Struct, array_like=True):
    schema: int


_head = msgspec.msgpack.Decoder(_Head)
_tickets = msgspec.msgpack.Decoder(TicketRow)
_facts = msgspec.msgpack.Decoder(FactsRecord)
_minutes = msgspec.msgpack.Decoder(Minute)
_gauges = msgspec.msgpack.Decoder(MinuteGauges)
_OF_GAUGES = b"/gauges"
_MAX_VERSION = 2**64 - 1


def build(record: Record, known: Known) -> Rows | BadRow:
    """Empty rows for what a table does not hold. A `customer.forgotten` is known from here on."""
    try:
        return TOPICS[record.topic](record, known)
    except msgspec.DecodeError as error:
        return BadRow(str(error))
    except UnicodeDecodeError:
        return BadRow("not UTF-8")


def _ticket(record: Record, known: Known) -> Rows:
    ticket = _decoded(_tickets, record)
    return ((TICKETS, [ticket_row(ticket, known.blanked(ticket.account, ticket.customer))]),)


def _fact(record: Record, _known: Known) -> Rows:
    decoded = _decoded(_facts, record)
    try:
        return ((FACTS, fact_rows(decoded)),)
    except IndexError:
        raise NewerRecordError(record.topic, record.partition, record.offset) from None


def _minute(record: Record, _known: Known) -> Rows:
    of_gauges = record.key.endswith(_OF_GAUGES)
    decoded = _decoded(_gauges, record) if of_gauges else _decoded(_minutes, record)
    try:
        return ((METRIC_WINDOWS, window_rows(decoded)),)
    except IndexError:
        raise NewerRecordError(record.topic, record.partition, record.offset) from None


def _alert(record: Record, _known: Known) -> Rows | BadRow:
    written = record.header("version")
    if not (written.isascii() and written.isdigit() and len(written) <= 20 and int(written) <= _MAX_VERSION):
        return BadRow("header version: a decimal number was expected")
    return ((ALERTS, [alert_row(alert.read(record.value), record.value.decode(), int(written))]),)


def _letter(record: Record, known: Known) -> Rows:
    return ((DEAD_LETTERS, [letter_row(record, version(known.epoch, Offset(record.offset)))]),)


def _event(record: Record, known: Known) -> Rows:
    event = codec.decode(record.value)
    # What does not decode, or names no source of ours, is the fold's dead letter; a tick belongs to no table.
    if isinstance(event, Rejected | ClockTick) or (names := codec.split_source(event.source)) is None:
        return ()
    account, source = names
    at = version(known.epoch, Offset(record.offset))
    match event:
        case AccountConfigured():
            return ((ACCOUNT_SETTINGS, [settings_row(event, account, at)]),)
        case CustomerForgotten():
            known.forgotten.add((account, event.data.customer))
            return ((FORGOTTEN, [forgotten_row(account, event.data.customer, at)]),)
        case DirectoryUpdated():
            # A name for the eye: no table has one yet.
            return ()
        case OrderPlaced() | OrderRefunded():
            customer = known.blanked(account, event.data.customer)
            forgotten = customer != event.data.customer
            return (
                (TICKET_EVENTS, [event_row(event, account, source, record.partition, at, forgotten=forgotten)]),
                (ORDERS, [order_row(event, account, source, at, customer)]),
            )
        case _:
            customer = getattr(event.data, "customer", "")
            forgotten = known.blanked(account, customer) != customer
            return ((TICKET_EVENTS, [event_row(event, account, source, record.partition, at, forgotten=forgotten)]),)


def _decoded(decoder: msgspec.msgpack.Decoder[T], record: Record) -> T:
    try:
        decoded = decoder.decode(record.value)
    except msgspec.DecodeError:
        # A newer release may have changed the shape: what it wrote is not bad, we are old.
        if _is_newer(record.value):
            raise NewerRecordError(record.topic, record.partition, record.offset) from None
        raise
    if decoded.schema > SCHEMA:
        raise NewerRecordError(record.topic, record.partition, record.offset)
    return decoded


def _is_newer(value: bytes) -> bool:
    try:
        return _head.decode(value).schema > SCHEMA
    except msgspec.DecodeError:
        return False


TOPICS: dict[str, Callable[[Record, Known], Rows | BadRow]] = {
    "ticket-events": _event,
    "tickets": _ticket,
    "facts": _fact,
    "metric-windows": _minute,
    "alerts": _alert,
    "dead-letters": _letter,
}
WHOLE = frozenset({"tickets", "metric-windows"})
"""Topics whose record says everything under its key: a later one makes an earlier one needless."""
