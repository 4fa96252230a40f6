"""The table of the worked example, line by line, and the identities that every replay must give."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.golden.variance import COUNTS, FIRST, SUMS
from tests.oracle.alerts import alert_key, episode_id, sums, tenths
from tests.oracle.minutes import Cell
from tests.timeline import ms

W = 5
OLDER_N, OLDER_S = 100, 18_600
TABLE = [
    # minute, n, s, nb, sb, mean, base, ratio, delta
    (2, 14, 4035, 109, 20205, "288.214", "185.367", "1.555", "102.847"),
    (3, 15, 5880, 112, 20760, "392.000", "185.357", "2.115", "206.643"),
    (5, 16, 9330, 118, 21840, "583.125", "185.085", "3.151", "398.040"),
    (8, 18, 7690, 118, 21840, "427.222", "185.085", "2.308", "242.137"),
    (10, 17, 4240, 118, 21840, "249.412", "185.085", "1.348", "64.327"),
    (11, 16, 2860, 118, 21840, "178.750", "185.085", "0.966", "-6.335"),
    (13, 15, 2690, 118, 21840, "179.333", "185.085", "0.969", "-5.751"),
]
FIRED_AT = 5


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"minute-{line[0]}")
def test_the_sums_of_a_minute_are_those_of_the_table(line: tuple[int, int, int, int, int, str, str, str, str]) -> None:
    minute, n, s, nb, sb, mean, base, ratio, delta = line
    cells = {m: Cell(count, total) for m, (count, total) in enumerate(zip(COUNTS, SUMS, strict=True), start=FIRST)}
    # From firing on the baseline stands still.
    base_end = min(minute, FIRED_AT) - W
    older_n, older_s = sums(cells, range(FIRST, base_end + 1))

    assert sums(cells, range(minute - W + 1, minute + 1)) == (n, s)
    assert (OLDER_N + older_n, OLDER_S + older_s) == (nb, sb)
    assert round(Fraction(s, n), 3) == Fraction(mean)
    assert round(Fraction(sb, nb), 3) == Fraction(base)
    assert round(Fraction(s * nb, n * sb), 3) == Fraction(ratio)
    assert round(Fraction(s, n) - Fraction(sb, nb), 3) == Fraction(delta)


def test_an_alert_has_the_same_name_in_every_replay() -> None:
    key = alert_key("acme", "frt-drift", 3, {"channel": "chat"})
    assert key == "ak_02fabdceb76b797ef2dcf874"
    assert episode_id(key, ms("2025-03-04 10:08")) == "ep_73d16010aa9f9ec812290a41"


@pytest.mark.parametrize(
    ("milliseconds", "minutes"),
    [(0, "0.0"), (2_999, "0.0"), (3_000, "0.1"), (185_085, "3.1"), (583_125, "9.7"), (599_999, "10.0")],
)
def test_minutes_have_one_decimal_half_up(milliseconds: int, minutes: str) -> None:
    assert tenths(milliseconds, 60_000) == minutes
