"""The demo's one screen of 80 by 24: drawn from numbers that were read back, nothing else. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from types import MappingProxyType

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deskpulse.demo.readback import AlertSeen, ChannelNumbers, Numbers

_BARS = "▁▂▃▄▅▆▇█"
_MINUTE_MS = 60_000
_HOURS_FROM_MS = 100 * _MINUTE_MS
_HIGH = 1.5
_ALERTS_SHOWN = 2
_SENTENCE = re.compile(r"(?P<base>.* -> )(?P<mean>[\d.]+)(?P<since> min since \d\d:\d\d \(n=)(?P<n>\d+)(?P<usual>.*)")


def screen(
    numbers: Numbers, now_ms: int, rate: Fraction, parts: str, highest_ms: Mapping[str, float] = MappingProxyType({})
) -> RenderableType:
    """`highest_ms`: by episode, how far its half hours went."""
    head = Text(no_wrap=True, overflow="crop")
    head.append(" Deskpulse demo ", style="reverse bold")
    head.append(f"  simulated {instant(now_ms)} UTC, {_speed(rate)}   Ctrl-C ends it")
    counts = Text(no_wrap=True, overflow="crop")
    counts.append(f" events in {numbers.events:,}   open tickets {numbers.open:,}   waiting {numbers.waiting:,}")
    if numbers.letters:
        counts.append(f"   dead letters {numbers.letters:,}", style="red")
    return Group(
        head,
        counts,
        Text(""),
        _channels(numbers),
        Text(""),
        *_alerts(numbers, highest_ms),
        Text(""),
        Text(f" {parts}", style="dim", no_wrap=True),
    )


def _channels(numbers: Numbers) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", expand=False)
    table.add_column("First response", no_wrap=True, width=14)
    table.add_column("", no_wrap=True, width=9)
    table.add_column("30 min", justify="right", no_wrap=True, width=8)
    table.add_column("before", justify="right", no_wrap=True, width=8)
    table.add_column("n", justify="right", no_wrap=True, width=3)
    table.add_column("last 4 hours", no_wrap=True, width=24)
    for one in numbers.channels:
        style = "bold red" if _is_high(one) else ""
        table.add_row(
            one.account,
            one.channel,
            minutes(one.recent_ms),
            minutes(one.usual_ms),
            str(one.n),
            sparkline(one.history_ms),
            style=style,
        )
    if not numbers.channels:
        table.add_row("(nothing yet)", "", "", "", "", "")
    return table


def _is_high(one: ChannelNumbers) -> bool:
    return one.recent_ms is not None and one.usual_ms is not None and one.recent_ms > _HIGH * one.usual_ms


def _alerts(numbers: Numbers, highest_ms: Mapping[str, float]) -> list[Text]:
    if not numbers.alerts:
        return [Text(" No alert.", style="green")]
    return [_alert(alert, numbers.channels, highest_ms.get(alert.episode_id, 0.0)) for alert in numbers.alerts[-_ALERTS_SHOWN:]]


def _alert(alert: AlertSeen, channels: tuple[ChannelNumbers, ...], highest_ms: float) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    if alert.state == "resolved":
        line.append(" RESOLVED ", style="black on green")
        until = f" to {instant(alert.resolved_ms)[:5]}" if alert.resolved_ms else ""
        return line.append(
            f" {alert.account}  {instant(alert.opened_ms)[:5]}{until}\n {_how_far(alert.text, highest_ms)}\n {alert.last_text}"
        )
    line.append(" ALERT ", style="white on red")
    line.append(f" {alert.account}  fired at {instant(alert.opened_ms)[:5]}")
    now = next((one for one in channels if (one.account, one.channel) == (alert.account, alert.channel)), None)
    if (said := _SENTENCE.fullmatch(alert.text)) and now is not None and now.recent_ms is not None:
        line.append(f" with {said['mean']} min; now")
        return line.append(f"\n {said['base']}{now.recent_ms / _MINUTE_MS:.1f}{said['since']}{now.n}{said['usual']}")
    return line.append(f"\n {alert.text}")


def _how_far(text: str, highest_ms: float) -> str:
    """It is said when it begins: what came after is often the larger part."""
    said, highest = _SENTENCE.fullmatch(text), f"{highest_ms / _MINUTE_MS:.1f}"
    if said is None or float(highest) <= float(said["mean"]):
        return text
    return f"{said['base']}{said['mean']}, up to {highest}{said['since']}{said['n']}{said['usual']}"


def sparkline(values: tuple[float | None, ...]) -> str:
    """One bar a value, from nothing to the highest; a blank where there is none."""
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(" " if value is None else _BARS[min(7, int(value / top * 7.999)) if top else 0] for value in values)


def minutes(value_ms: float | None) -> str:
    if value_ms is None:
        return "-"
    return f"{value_ms / _MINUTE_MS:.1f} min" if value_ms < _HOURS_FROM_MS else f"{value_ms / 60 / _MINUTE_MS:.1f} h"


def instant(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%H:%M:%S}"


def _speed(rate: Fraction) -> str:
    return "now, at rate 1" if rate == 1 else f"{float(rate):.0f}x as fast"
