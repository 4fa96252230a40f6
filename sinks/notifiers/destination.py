"""What every channel is to the notifier: a name, whose alerts it takes, and what came of a send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sinks.alert import Alert
from sinks.retry import Schedule


@dataclass(frozen=True, slots=True)
class Delivered:
    ref: str = ""
    """What the provider calls it, if it does."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Perhaps later. `why` names no secret."""

    why: str
    asked_ms: int = 0
    """The wait that the receiver asked for."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Never, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants nothing any more."""


Outcome = Delivered | Failed | TooLarge | Gone


class Destination(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def endpoint(self) -> str:
        """Another one where the receiver is another: what was gone for one is not for the next. Tells no secret."""

    @property
    def accounts(self) -> frozenset[str]:
        """Whose alerts it takes; empty: everybody's."""

    @property
    def schedule(self) -> Schedule: ...

    @property
    def parallel(self) -> int:
        """Sends at a time."""

    def send(self, alert: Alert, body: bytes) -> Outcome:
        """Blocks until it is decided; never raises for what the receiver or the network does."""
