"""`deskpulse kafka`: the local Kafka alone, in the foreground, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

from rich.console import Console

from deskpulse.local_kafka.errors import LocalKafkaError
from deskpulse.local_kafka.lock import kafka_version
from deskpulse.local_kafka.progress import shown
from deskpulse.local_kafka.server import LocalKafka

_LOOK_EVERY_S = 0.5


def run(data_dir: Path, port: int) -> int:
    """Runs the broker until SIGINT or SIGTERM; the answer is the command's exit code."""
    console = Console(stderr=True)
    stopping = threading.Event()
    try:
        kafka = LocalKafka(data_dir, port, die_with_parent=True)
    except LocalKafkaError as error:
        return _refused(console, error)

    def begin_to_stop(_signal: int, _frame: FrameType | None) -> None:
        # Once: a second Ctrl-C must not cut the clean shutdown, which has a deadline of its own.
        if not stopping.is_set():
            stopping.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, begin_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _start(kafka, console)
        while kafka.pid is not None:
            stopping.wait(_LOOK_EVERY_S)
        raise kafka.died()
    except KeyboardInterrupt:
        return 0
    except LocalKafkaError as error:
        return _refused(console, error)
    finally:
        kafka.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(kafka: LocalKafka, console: Console) -> None:
    with shown(console) as progress:
        kafka.start(progress)
    kafka.wait_ready()
    print(f"Apache Kafka {kafka_version()} at {kafka.bootstrap}, data in {kafka.data_dir}. Ctrl-C stops it.", flush=True)
    if kafka.after_power_loss():
        console.print(
            "The machine went down while this broker ran: what was written in its last second may be gone. A worker that misses records says so and stops.",
            style="yellow",
        )


def _refused(console: Console, error: LocalKafkaError) -> int:
    # One line in a log, whose last line is what a supervisor shows.
    console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    return 1
