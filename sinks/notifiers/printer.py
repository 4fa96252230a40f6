"""Alerts as lines on a stream: one a transition, for people or as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TextIO

from sinks.alert import Alert
from sinks.notifiers.destination import Delivered, Failed, Outcome
from sinks.retry import Schedule
from sinks.settings import PrinterSettings

_WIDTH = 8


def line(alert: Alert) -> str:
    """`2025-03-04 10:08Z OPENED   warning  acme  FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)`."""
    at = datetime.fromtimestamp(alert.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")
    what = alert.type.rpartition(".")[2].upper()
    return _printable(f"{at} {what:<{_WIDTH}} {alert.data.severity:<{_WIDTH}} {alert.data.account}  {alert.data.summary}")


def _printable(text: str) -> str:
    """Names come from helpdesks: an escape sequence in one must not reach the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


class Printer:
    parallel = 1
    endpoint = ""
    schedule = Schedule()

    def __init__(self, settings: PrinterSettings, stream: TextIO) -> None:
        self.name = settings.name
        self.accounts = settings.accounts
        self._format = settings.format
        self._stream = stream

    def send(self, alert: Alert, body: bytes) -> Outcome:
        text = body.decode() if self._format == "json" else line(alert)
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            return Failed(f"the stream does not take it: {type(error).__name__}")
        return Delivered()
