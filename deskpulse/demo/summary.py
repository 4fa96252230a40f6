"""How the demo went, as data: what was posted, what was read back, and whether the two agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from deskpulse.demo.readback import AlertSeen, Numbers
from deskpulse.demo.shops import NORTH

Replies = Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Summary:
    requests: int
    sent_again: int
    most_behind_ms: int
    """How late, on the wall, a request was sent at most: a busy machine shows here."""
    events_accepted: int
    refused: dict[str, int]
    events_stored: int
    dead_letters: int
    open_tickets: int
    waiting_tickets: int
    alert: str | None
    alert_account: str | None
    seconds_to_alert: float | None
    """From the command's begin until the alert was read from ClickHouse, on the wall."""
    seconds_to_resolved: float | None
    seconds_in_all: float
    first_replies: dict[str, dict[str, float]]
    checks: dict[str, bool] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return all(self.checks.values())

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.is_good, **asdict(self)}


def the_alert(alerts: tuple[AlertSeen, ...]) -> AlertSeen | None:
    """The one that the incident must cause."""
    return next((one for one in alerts if one.account == NORTH.account and one.text.startswith("FRT on chat")), None)


def checks(numbers: Numbers, accepted: int, refused: int, counted: Replies, stored: Replies) -> dict[str, bool]:
    alert = the_alert(numbers.alerts)
    return {
        "the alert fired": alert is not None,
        "the alert resolved": alert is not None and alert.state == "resolved",
        "it was the only alert": len(numbers.alerts) == 1,
        "every accepted event is stored once": numbers.events == accepted,
        "nothing was refused": refused == 0,
        "there are no dead letters": numbers.letters == 0,
        "first replies equal those counted by hand": dict(counted) == dict(stored),
    }


def readable(replies: Replies) -> dict[str, dict[str, float]]:
    return {
        f"{account} {channel}": {"n": count, "mean_minutes": round(total / count / 60_000, 2)}
        for (account, channel), (count, total) in sorted(replies.items())
    }
