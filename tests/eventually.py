"""Waits for what must become true, with a deadline: the tests' only way to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_S = 0.05


def eventually(predicate: Callable[[], T], within_s: float = 10.0, what: str = "") -> T:
    """The first true answer of the predicate; an AssertionError with its last answer, or failed assertion, after the deadline."""
    end_s = time.monotonic() + within_s
    while True:
        failed: AssertionError | None = None
        answer: T | None = None
        try:
            answer = predicate()
        except AssertionError as error:
            failed = error
        if answer:
            return answer
        if time.monotonic() > end_s:
            message = f"not within {within_s:g} s: {what or getattr(predicate, '__name__', predicate)}; last answer {answer!r}"
            raise AssertionError(message) from failed
        time.sleep(_POLL_S)
