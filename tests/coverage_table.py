"""Which helpdesk tells which event, out of the fixtures: `make coverage-table` writes it into README.md.

A cell is `yes` where a delivery of the helpdesk's own shape gives the event, `rule` where only a body that an admin pastes does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.vendors import VENDORS
from tests.deliveries import Fixture, fixtures, signing

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- coverage: make coverage-table -->", "<!-- /coverage -->"
_EVENTS = ("opened", "replied", "resolved", "reopened", "abandoned", "surveyed", "merged", "removed")
_HEAD = f"| | {' | '.join(_EVENTS)} | orders | proof | sent again |\n|{'---|' * (len(_EVENTS) + 4)}\n"
_ACTORS = {"agent": "a", "customer": "c", "bot": "b", "system": "s"}
_CLOSED = frozenset({"", "solved", "closed", "resolved"})


def table() -> str:
    helpdesks: dict[str, list[str]] = {}
    for row in VENDORS.values():
        helpdesks.setdefault(row.helpdesk, []).append(row.name)
    lines = sorted((VENDORS[rows[0]].title.partition(",")[0].partition(" (")[0], name, rows) for name, rows in helpdesks.items())
    return _HEAD + "".join(_line(title, name, rows) for title, name, rows in lines)


def _line(title: str, helpdesk: str, rows: list[str]) -> str:
    shown = [fixture for row in rows for fixture in fixtures(row)]
    cells = [_cell(event, shown) for event in _EVENTS]
    kinds = {event["type"] for fixture in shown for event in _events(fixture)}
    orders = "yes" if any(kind.startswith("deskpulse.order.") for kind in kinds) else "-"
    proof = ", ".join(dict.fromkeys(_proof(row) for row in rows))
    again = ", ".join(dict.fromkeys("yes" if VENDORS[row].redelivers else "no" for row in rows))
    return f"| [{title}](docs/helpdesks/{helpdesk}.md) | {' | '.join([*cells, orders, proof, again])} |\n"


def _cell(event: str, shown: Iterable[Fixture]) -> str:
    own = [one for fixture in shown if not fixture.is_template for one in _events(fixture) if _is(one, event)]
    ruled = [one for fixture in shown if fixture.is_template for one in _events(fixture) if _is(one, event)]
    if event == "replied" and (own or ruled):
        told, by_rule = _who(own), [letter for letter in _who(ruled) if letter not in _who(own)]
        return ", ".join(filter(None, [" ".join(told), f"rule: {' '.join(by_rule)}" if by_rule else ""]))
    if event == "reopened" and not own and _is_seen_from_status(shown):
        return "by status"
    return "yes" if own else "rule" if ruled else "-"


def _who(replies: list[dict[str, Any]]) -> list[str]:
    """Agent, customer, bot, system; n for notes."""
    public = {_ACTORS[reply["data"]["actor"]] for reply in replies if reply["data"].get("public", True)}
    notes = any(not reply["data"].get("public", True) for reply in replies)
    return [letter for letter in _ACTORS.values() if letter in public] + (["n"] if notes else [])


def _is(event: dict[str, Any], name: str) -> bool:
    return event["type"].startswith(f"deskpulse.ticket.{name}.") and not event["id"].endswith(":recalled")


def _is_seen_from_status(shown: Iterable[Fixture]) -> bool:
    """The status comes without the one before: the fold sees a reopening in it."""
    updates = [
        event["data"] for fixture in shown for event in _events(fixture) if event["type"].startswith("deskpulse.ticket.updated.")
    ]
    return any(update.get("status", "") not in _CLOSED for update in updates)


def _events(fixture: Fixture) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fixture.case.get("events", [])
    return found


def _proof(vendor: str) -> str:
    told = signing(vendor)
    if not told.is_signed:
        return "token" if VENDORS[vendor].setup.made_by == "nobody" else "key"
    return "signature with time" if told.is_dated else "signature"


def written(text: str) -> str:
    """The text with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, "README.md has lost the marks of the table"
    return f"{before}{BEGIN}\n{table()}{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(table())
