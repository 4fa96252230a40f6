"""A bucket fills with time, and a large batch is paid for afterwards."""

from __future__ import annotations

import pytest

from ingest.rate import Buckets
from ingest.settings import Rate

RATE = Rate(per_s=10, burst=20)


def test_a_burst_passes_and_then_waits() -> None:
    buckets = Buckets()
    assert all(buckets.wait_s("/a/x", RATE, 1, 0.0) == 0 for _ in range(20))
    assert buckets.wait_s("/a/x", RATE, 1, 0.0) > 0
    assert buckets.wait_s("/a/x", RATE, 1, 0.1) == 0


def test_sources_do_not_share_a_bucket() -> None:
    buckets = Buckets()
    assert buckets.wait_s("/a/x", RATE, 20, 0.0) == 0
    assert buckets.wait_s("/a/x", RATE, 1, 0.0) > 0
    assert buckets.wait_s("/b/x", RATE, 1, 0.0) == 0


def test_a_batch_larger_than_the_burst_passes_and_is_paid_for_afterwards() -> None:
    buckets = Buckets()
    assert buckets.wait_s("/a/x", RATE, 100, 0.0) == 0
    assert buckets.wait_s("/a/x", RATE, 1, 0.0) == pytest.approx(8.1)
    assert buckets.wait_s("/a/x", RATE, 1, 8.2) == 0
