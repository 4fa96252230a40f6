"""A fold that never comes back: what the watchdog is for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from streams.results import Source
from tests.integration.counting_partition import CountingPartition


class HangingPartition(CountingPartition):
    def fold(self, records: Sequence[Source]) -> None:
        if any(record.value == b"hang" for record in records):
            threading.Event().wait()
        super().fold(records)
