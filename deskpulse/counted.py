"""A number and what it counts, as people say it. Pure."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """`1 account`, `2,000 accounts`; `several` where another s does not make it."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
