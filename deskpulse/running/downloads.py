"""Progress of downloads with their sizes: a bar on a terminal, a line every few megabytes elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

_MB = 1_000_000
"""As the bar counts, and as Kafka's mirrors do."""
_EVERY_BYTES = 8 * _MB

Report = Callable[[str, int, int], None]


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    if not console.is_terminal:
        yield _in_lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("Apache Kafka", visible=False)

        def report(what: str, done: int, total: int) -> None:
            bars.update(task, description=f"Downloading {what[:28]}", completed=done, total=total, visible=True)

        yield report


def _in_lines(console: Console) -> Report:
    lock = threading.Lock()
    told = -_EVERY_BYTES

    def report(what: str, done: int, total: int) -> None:
        nonlocal told
        with lock:
            if done - told >= _EVERY_BYTES or (done == total and told != done):
                told = done
                console.print(
                    f"Downloading Apache Kafka: {done / _MB:.1f} of {total / _MB:.1f} MB ({what})", highlight=False, markup=False
                )

    return report
