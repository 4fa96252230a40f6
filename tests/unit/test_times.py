"""Written instants: what vendors send, to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ingest import times

SECOND = 1_772_444_478_000
"""2026-03-02T09:41:18Z."""


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-03-02T09:41:18Z", SECOND),
        ("2026-03-02T09:41:18.2Z", SECOND + 200),
        ("2026-03-02T09:41:18.204Z", SECOND + 204),
        ("2026-03-02T09:41:18.204499Z", SECOND + 204),
        ("2026-03-02T09:41:18.2045Z", SECOND + 205),
        ("2026-03-02T09:41:18.204551873Z", SECOND + 205),
        ("2026-03-02T09:41:18.9999999999999Z", SECOND + 1000),
        ("2026-03-02t09:41:18z", SECOND),
        ("2026-03-02T15:11:18+05:30", SECOND),
        ("2026-03-02T15:11:18.153+0530", SECOND + 153),
        ("2026-03-02T04:41:18-05:00", SECOND),
        ("2026-03-02 15:11:18 +0530", SECOND),
        ("2026-03-02 09:41:18 UTC", SECOND),
        ("2026-03-02T09:41:18.308988", SECOND + 309),
        ("2026-03-02T09:41Z", SECOND - 18_000),
        (" 2026-03-02T09:41:18Z\n", SECOND),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", times.LATEST_MS),
    ],
)
def test_an_instant_is_read_to_the_nearest_millisecond(text: str, ms: int) -> None:
    assert times.parse_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-03-02",
        "2026-13-02T09:41:18Z",
        "2026-02-30T09:41:18Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:41:60Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59.9999Z",
        "2026-03-02T09:41:18+99:00",
        "\uff12\uff10\uff12\uff16-03-02T09:41:18Z",
        "1772444478",
    ],
)
def test_anything_else_is_no_instant(text: str) -> None:
    assert times.parse_ms(text) is None


def test_instants_with_a_zone_agree_with_their_text() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert times.instant_ms(datetime(2026, 3, 2, 15, 11, 18, 204_500, tzinfo=zone)) == SECOND + 205
    assert times.instant_ms(datetime(2026, 3, 2, 9, 41, 18, 204_499, tzinfo=UTC)) == SECOND + 204
    assert times.instant_ms(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))) is None


@pytest.mark.parametrize("ms", [0, 1, 999, SECOND + 205, times.LATEST_MS])
def test_the_canonical_instant_keeps_the_millisecond(ms: int) -> None:
    assert times.instant_ms(times.canonical(ms)) == ms
