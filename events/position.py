"""Places in the log, as types of their own, so that an offset is never taken for the next one."""

from __future__ import annotations

from typing import NewType

Offset = NewType("Offset", int)
"""Of a record that exists."""
NextOffset = NewType("NextOffset", int)
"""Of the record after it: what a consumer group commits."""
Epoch = NewType("Epoch", int)
"""Which life of the log: offsets compare within one epoch only."""
Version = NewType("Version", int)
"""Of a row: epoch and offset in one number, so that a later fold of a later log wins."""

NOTHING = Offset(-1)
_EPOCH_SHIFT = 48


def after(offset: Offset) -> NextOffset:
    return NextOffset(offset + 1)


def version(epoch: Epoch, offset: Offset) -> Version:
    """`epoch << 48 | offset`; fits ClickHouse's UInt64."""
    return Version((epoch << _EPOCH_SHIFT) | offset)


def offset_of(row_version: Version) -> Offset:
    return Offset(row_version & ((1 << _EPOCH_SHIFT) - 1))
