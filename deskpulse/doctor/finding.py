"""What was looked at, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Health(Enum):
    GOOD = "good"
    LOOK = "look"
    """Worth knowing; nothing is lost or late yet."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    health: Health
    text: str
    do: str = ""
    """Empty where nothing need be done."""

    def __str__(self) -> str:
        mark = {Health.GOOD: "ok ", Health.LOOK: " ! ", Health.BAD: "BAD"}[self.health]
        return f"{mark} {self.what:<12} {self.text}" + (f"\n                 -> {self.do}" if self.do else "")


def good(what: str, text: str) -> Finding:
    return Finding(what, Health.GOOD, text)


def look(what: str, text: str, do: str) -> Finding:
    return Finding(what, Health.LOOK, text, do)


def bad(what: str, text: str, do: str) -> Finding:
    return Finding(what, Health.BAD, text, do)
