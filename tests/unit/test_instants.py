"""Instants as numbers: seconds, milliseconds, and fields that are now the one and now the other."""

from __future__ import annotations

import pytest

from ingest import times
from ingest.adapters.instants import epoch_ms, epoch_s, first, instant

MS = 1_772_445_600_481


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        (MS, MS),
        (str(MS), MS),
        (0, 0),
        (times.LATEST_MS, times.LATEST_MS),
        (times.LATEST_MS + 1, None),
        (-1, None),
        (True, None),
        (1.5, None),
        (10**400, None),
        ("9" * 18, None),
        ("", None),
        ("-5", None),
        ("١٢", None),
        ("2026-03-02T10:00:00Z", None),
        (None, None),
        ([MS], None),
    ],
)
def test_milliseconds(written: object, ms: int | None) -> None:
    assert epoch_ms(written) == ms


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        (1_772_445_600, 1_772_445_600_000),
        ("1772445600", 1_772_445_600_000),
        (1_772_445_600.481, MS),
        (1_772_445_600.4805, MS),
        (0.0, 0),
        (-0.5, None),
        (1e300, None),
        (float("inf"), None),
        (float("nan"), None),
        (MS, None),
        (True, None),
        (None, None),
    ],
)
def test_seconds(written: object, ms: int | None) -> None:
    assert epoch_s(written) == ms


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("2026-03-02T10:00:00.481Z", MS),
        ("2026-03-02 15:30:00 +0530", 1_772_445_600_000),
        (1_772_445_600, 1_772_445_600_000),
        (1_772_445_600.481, MS),
        (MS, MS),
        (str(MS), MS),
        ("1772445600", 1_772_445_600_000),
        ("soon", None),
        (None, None),
        ({}, None),
    ],
)
def test_a_form_that_drifts(written: object, ms: int | None) -> None:
    assert instant(written) == ms


def test_the_first_instant_that_there_is() -> None:
    assert first(None, 0, 5) == 0
    assert first(None) is None
    assert first() is None
