"""Work in threads that nobody joins: neither the interpreter at its end nor asyncio at a loop's end, unlike those of a pool."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T], name: str) -> Future[T]:
    """Under way at once; whoever stops waiting for it leaves it behind."""
    answer: Future[T] = Future()
    # It cannot be cancelled: the answer may come after everybody has gone.
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            answer.set_exception(error)
        else:
            answer.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return answer
