"""The download as the person at the terminal sees it: a bar, or one line where nobody watches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from deskpulse.local_kafka import jars


@contextlib.contextmanager
def shown(console: Console) -> Iterator[jars.Progress]:
    """A progress to hand to `LocalKafka.start`; nothing appears unless something is downloaded."""
    if not console.is_terminal:
        yield _Line(console)
        return
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", visible=False)

        def show(what: str, done_bytes: int, total_bytes: int) -> None:
            bars.update(task, description=f"Downloading {what}", completed=done_bytes, total=total_bytes, visible=True)

        yield show


class _Line:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_said = False

    def __call__(self, what: str, _done_bytes: int, total_bytes: int) -> None:
        if not self._is_said:
            self._is_said = True
            self._console.print(f"Downloading {what}, {decimal(total_bytes)} ...", highlight=False)
