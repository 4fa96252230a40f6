"""Reads a request's body within its limits: bytes, time, and what all requests together may hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from starlette.requests import ClientDisconnect, Request

from ingest.settings import Limits


class Unread(Enum):
    """Why there is no body."""

    TOO_LARGE = 413
    TOO_SLOW = 408
    OVERLOAD = 503
    GONE = 400
    """Nobody is there to read the answer."""


class Room:
    """Counts the bytes of all bodies in memory, so that many clients cannot fill it together."""

    def __init__(self, held_bytes: int) -> None:
        self._free = held_bytes

    @contextmanager
    def taken(self) -> Iterator[Share]:
        """What one request holds, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self._free += share.held

    def take(self, size: int) -> bool:
        if size > self._free:
            return False
        self._free -= size
        return True


class Share:
    """Of one request."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def grow(self, size: int) -> bool:
        if not self._room.take(size):
            return False
        self.held += size
        return True


async def read(request: Request, share: Share, limits: Limits, max_bytes: int) -> bytes | Unread:
    """The whole body, or why not. A declared length is believed only to refuse early."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > max_bytes:
        return Unread.TOO_LARGE
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size > max_bytes:
                    return Unread.TOO_LARGE
                if not share.grow(len(chunk)):
                    return Unread.OVERLOAD
                chunks.append(chunk)
    except TimeoutError:
        return Unread.TOO_SLOW
    except ClientDisconnect:
        return Unread.GONE
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
