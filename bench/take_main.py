"""Takes one partition as a worker does, in a fresh process, and writes how long it took."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from streams.partition import Partition
from streams.settings import WorkerSettings
from streams.take import take


def main(text: str) -> None:
    told = json.loads(text)
    settings = WorkerSettings(
        bootstrap=told["bootstrap"],
        prefix=told["prefix"],
        app_id=told["prefix"] + "deskpulse",
        fold_factory=Partition,
        clock_ms=lambda: 0,
    )
    read: list[int] = []
    began_s, began_ns = time.monotonic(), time.process_time_ns()
    taken = take(settings, 0, None, threading.Event(), read.append)
    took_s, cpu_ns = time.monotonic() - began_s, time.process_time_ns() - began_ns
    if taken is None or not taken.loaded:
        raise SystemExit("the partition was not loaded")
    found = {"took_s": took_s, "cpu_s": cpu_ns / 1e9, "records": sum(read), "position": taken.fold.position}
    Path(told["done"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
