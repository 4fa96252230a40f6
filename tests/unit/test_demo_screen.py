"""The demo's screen fits 80 by 24 and says what was read back."""

from __future__ import annotations

import io
from fractions import Fraction
from math import ceil
from pathlib import Path

from rich.console import Console

from deskpulse.demo.next_steps import told
from deskpulse.demo.readback import AlertSeen, ChannelNumbers, Numbers
from deskpulse.demo.screen import screen

NOW = 1_760_000_000_000
SAID = "FRT on chat 3.1 -> 6.6 min since 09:40 (n=22, usual 2.6-3.9)"
ALERT = AlertSeen("north-shop", "ep_1", "firing", "chat", SAID, SAID, NOW, None)
BACK = "FRT on chat back to 3.3 min at 10:52 (n=31, before the incident 3.1)"
RESOLVED = AlertSeen("north-shop", "ep_2", "resolved", "chat", SAID, BACK, NOW, NOW + 60_000)


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
    lines = drawn(numbers(RESOLVED, ALERT, RESOLVED, RESOLVED))
    assert len(lines) <= 20, "four lines above it stay in sight"
    assert max(len(line) for line in lines) <= 80


def test_what_to_do_next_and_the_screen_with_its_alert_fit_together() -> None:
    folder = Path("/tmp/deskpulse-demo-abcdefgh")
    said = told(folder / "ticket.curl", folder / "sql.curl", ["2026-11-24 21:00:00\t61\t10.2", "2026-11-24 20:00:00\t61\t3"])
    wrapped = sum(ceil(len(line) / 80) for line in said.splitlines())
    assert wrapped + len(drawn(numbers(RESOLVED), Fraction(1))) <= 24


def test_it_says_what_was_read_back() -> None:
    said = "\n".join(drawn(numbers(ALERT)))
    assert "events in 1,234,567   open tickets 456   waiting 78   dead letters 3" in said
    assert "10.2 min" in said
    assert "271x as fast   Ctrl-C ends it" in said


def test_an_open_alert_tells_how_it_goes_on() -> None:
    said = "\n".join(drawn(numbers(ALERT)))
    assert " ALERT  north-shop  fired at 08:53 with 6.6 min; now\n" in said
    assert "\n FRT on chat 3.1 -> 10.2 min since 09:40 (n=37, usual 2.6-3.9)\n" in said


def test_an_open_alert_whose_channel_is_silent_stays_as_it_was_said() -> None:
    assert f" ALERT  north-shop  fired at 08:53\n {SAID}\n" in "\n".join(drawn(Numbers(alerts=(ALERT,))))


def test_a_resolved_alert_tells_how_it_began_and_ended() -> None:
    assert f" RESOLVED  north-shop  08:53 to 08:54\n {SAID}\n {BACK}\n" in "\n".join(drawn(numbers(RESOLVED)))


def test_a_wait_of_hours_fits_its_column() -> None:
    said = drawn(Numbers(channels=(ChannelNumbers("tea-and-toast", "email", 3, 6_216_000.0, None, (None,) * 24),)))
    assert any("1.7 h" in line for line in said)
    assert not any("…" in line for line in said)


def test_before_anything_is_stored_it_says_so() -> None:
    said = "\n".join(drawn(Numbers(), Fraction(1)))
    assert "(nothing yet)" in said
    assert "No alert." in said
    assert "at rate 1" in said
