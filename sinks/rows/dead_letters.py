"""`dead_letters`: what is known of a letter; its bytes stay in Kafka, found by partition and offset. Pure."""

from __future__ import annotations

from sinks.record import Record
from sinks.table import DAY_MS, Row, Table

_AT = 8
_MAX_ERROR = 2000
_U16, _U64 = 2**16 - 1, 2**64 - 1
_LATEST_MS = DAY_MS * 60_000
"""The type Date ends in 2149; what lies beyond would come out as long expired."""

DEAD_LETTERS = Table(
    name="dead_letters",
    columns=(
        "stage",
        "letter_id",
        "version",
        "account",
        "source",
        "reason",
        "error",
        "size",
        "at",
        "src_topic",
        "src_partition",
        "src_offset",
        "dl_partition",
        "dl_offset",
    ),
    identity=("stage", "letter_id"),
    day=lambda row: row[_AT] // DAY_MS,
)


def letter_row(letter: Record, version: int) -> Row:
    """Any letter gives a row: a header that is missing or broken is empty, and the record's own place and time stand in."""
    return (
        letter.header("stage"),
        letter.header("letter_id") or f"{letter.partition}/{letter.offset}",
        version,
        letter.header("account"),
        letter.header("source"),
        letter.header("reason"),
        letter.header("error")[:_MAX_ERROR],
        len(letter.value),
        _number(letter.header("at"), _LATEST_MS) or letter.timestamp_ms,
        letter.header("src_topic"),
        _number(letter.header("src_partition"), _U16),
        _number(letter.header("src_offset"), _U64),
        letter.partition,
        letter.offset,
    )


def _number(text: str, at_most: int) -> int:
    """0 for what is no number or out of range; a letter of the gateway has no place in the log."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= at_most else 0
