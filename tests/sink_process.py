"""A sink as a process of its own, to be killed: `python -m tests.sink_process <settings as JSON>`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sinks.batch import BatchPolicy
from sinks.crash import VARIABLE, Point
from sinks.loop import run
from sinks.retry import Backoff
from sinks.settings import ClickHouseSettings, KafkaSettings, SinkSettings
from tests.processes import ended
from tests.servers import FreshTopics


def settings_for(topics: FreshTopics, clickhouse: ClickHouseSettings, folder: Path) -> SinkSettings:
    return SinkSettings(
        kafka=KafkaSettings({"bootstrap.servers": topics.bootstrap}, topics.prefix),
        clickhouse=clickhouse,
        group=f"{topics.prefix}sink",
        # Its place in the group outlives it: whoever is started next need not wait for the session timeout.
        instance="sink-0",
        batch=BatchPolicy(max_rows=200, max_wait_ms=100),
        backoff=Backoff(first_ms=50, longest_ms=500),
        status=folder / "sink.json",
    )


@contextmanager
def sink_process(settings: SinkSettings, crash_at: tuple[Point, int] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Ended politely at the end of the block, if it has not died by then."""
    environment = os.environ | ({VARIABLE: f"{crash_at[0]}:{crash_at[1]}"} if crash_at else {})
    process = subprocess.Popen([sys.executable, "-m", "tests.sink_process", _written(settings)], env=environment)
    with ended(process):
        yield process


def _written(settings: SinkSettings) -> str:
    plain = asdict(settings) | {"kafka": {"client": dict(settings.kafka.client), "prefix": settings.kafka.prefix}}
    return json.dumps(plain, default=str)


def _read(text: str) -> SinkSettings:
    plain: Mapping[str, object] = json.loads(text)
    return SinkSettings(
        kafka=KafkaSettings(**plain["kafka"]),  # type: ignore[arg-type]
        clickhouse=ClickHouseSettings(**plain["clickhouse"]),  # type: ignore[arg-type]
        group=str(plain["group"]),
        instance=str(plain["instance"]),
        batch=BatchPolicy(**plain["batch"]),  # type: ignore[arg-type]
        backoff=Backoff(**plain["backoff"]),  # type: ignore[arg-type]
        status=Path(str(plain["status"])),
    )


if __name__ == "__main__":
    run(_read(sys.argv[1]))
