"""Finds the records that a store refuses, and gets all others stored: halves what was refused until single records are left. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sinks.batch import Entry, Refusal
from sinks.store import RefusedError


def isolate(entries: list[Entry], insert: Callable[[list[Entry]], None], too_many: Callable[[int, str], None]) -> list[Refusal]:
    """After this everything but the answer is stored. `too_many` is asked at each find, and may raise: a wrong schema refuses all.

    Records go in more than once on the way, which upserts absorb.
    """
    refused: list[Refusal] = []
    waiting = [entries]
    while waiting:
        part = waiting.pop()
        if not part:
            continue
        try:
            insert(part)
        except RefusedError as error:
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
                continue
            refused.append(Refusal(part[0].record, str(error)))
            too_many(len(refused), str(error))
    return refused
