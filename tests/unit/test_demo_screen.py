"""The demo's screen fits 80 by 24 and says what was read back."""

from __future__ import annotations

import io
from fractions import Fraction

from rich.console import Console

from deskpulse.demo.readback import AlertSeen, ChannelNumbers, Numbers
from deskpulse.demo.screen import screen

NOW = 1_760_000_000_000
ALERT = AlertSeen("north-shop", "ep_1", "firing", "FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)", NOW, None)


def drawn(numbers: Numbers, rate: Fraction = Fraction(271)) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=False)
    console.print(screen(numbers, NOW, rate, "kafka ok  clickhouse ok  gateway ok  worker-1 ok  sink ok  notify ok"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def numbers(*alerts: AlertSeen) -> Numbers:
    history: tuple[float | None, ...] = (186_000.0, None, 612_000.0) * 8
    channels = tuple(
        ChannelNumbers(account, channel, 37, 612_000.0, 186_000.0, history)
        for account in ("north-shop", "tea-and-toast")
        for channel in ("chat", "email", "whatsapp")
    )
    return Numbers(1_234_567, NOW, 3, 456, 78, channels, alerts)


def test_the_fullest_screen_fits() -> None:
    resolved = AlertSeen(ALERT.account, "ep_2", "resolved", ALERT.text, NOW, NOW + 60_000)
    lines = drawn(numbers(ALERT, resolved, ALERT))
    assert len(lines) <= 20, "four lines above it stay in sight"
    assert max(len(line) for line in lines) <= 80


def test_it_says_what_was_read_back() -> None:
    said = "\n".join(drawn(numbers(ALERT)))
    assert "events in 1,234,567   open tickets 456   waiting 78   dead letters 3" in said
    assert "10.2 min" in said
    assert " ALERT  north-shop\n FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)\n" in said
    assert "271x as fast" in said


def test_before_anything_is_stored_it_says_so() -> None:
    said = "\n".join(drawn(Numbers(), Fraction(1)))
    assert "(nothing yet)" in said
    assert "No alert." in said
    assert "at rate 1" in said
