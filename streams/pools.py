"""Threads for what blocks, and what is left to wait for when nobody awaits it any more."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pools:
    """Threads for what blocks. Loads have their own, or they would hold up commits."""

    loads: ThreadPoolExecutor
    commits: ThreadPoolExecutor


async def settled(running: asyncio.Future[T]) -> None:
    """Over, whatever came of it."""
    await asyncio.wait([running])
    if not running.cancelled():
        # Whoever awaits the call gets what it raised; if nobody does any more, nobody needs to hear of it.
        running.exception()
