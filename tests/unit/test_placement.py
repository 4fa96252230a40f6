"""Placement must be Kafka's own, or a producer of another language would put an account elsewhere."""

from __future__ import annotations

import pytest

from events.placement import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_numbers_of_kafkas_own_tests(key: bytes, expected: int) -> None:
    assert murmur2(key) == expected % 2**32


def test_a_partition_is_the_positive_hash_modulo_their_number() -> None:
    # -790332482 with its sign bit off.
    assert partition_of("foobar", 12) == 1_357_151_166 % 12


@pytest.mark.parametrize("partitions", [1, 4, 12])
def test_many_accounts_reach_every_partition_and_no_other(partitions: int) -> None:
    assert {partition_of(f"account-{number}", partitions) for number in range(500)} == set(range(partitions))
