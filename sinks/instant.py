"""Instants as integers. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_ms(time: datetime) -> int:
    """Epoch milliseconds, half up, as the fold rounds."""
    since = time - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + (since.microseconds + 500) // 1000
