"""The demo's screen fits 80 by 24 and says what was read back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from deskpulse.cli import app
from deskpulse.demo.next_steps import query, told
from deskpulse.demo.readback import AlertSeen, ChannelNumbers, Numbers
from deskpulse.demo.screen import screen
from deskpulse.demo.show import Seen, Show
from deskpulse.running import StackError
from deskpulse.running.downloads import shown

NOW = 1_760_000_000_000
SAID = "FRT on chat 3.1 -> 6.6 min since 09:40 (n=22, usual 2.6-3.9)"
ALERT = AlertSeen("north-shop", "ep_1", "firing", "chat", SAID, SAID, NOW, None)
BACK = "FRT on chat back to 3.3 min at 10:52 (n=31, before the incident 3.1)"
RESOLVED = AlertSeen("north-shop", "ep_2", "resolved", "chat", SAID, BACK, NOW, NOW + 60_000)


def drawn(numbers: Numbers, rate: Fraction = Fraction(271), highest_ms: Mapping[str, float] | None = None) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=False)
    console.print(
        screen(numbers, NOW, rate, "kafka ok  clickhouse ok  gateway ok  worker-1 ok  sink ok  notify ok", highest_ms or {})
    )
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
    said = told(
        folder / "ticket.curl", folder / "sql.curl", query(NOW), ["2026-11-24 21:00:00\t61\t10.2", "2026-11-24 20:00:00\t61\t3"]
    )
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


def test_a_resolved_alert_tells_how_far_it_went() -> None:
    seen = Seen(0.0)
    seen.look(numbers(ALERT))
    seen.look(numbers(RESOLVED))
    assert seen.highest_ms == {"ep_1": 612_000.0}
    over = replace(ALERT, state="resolved", last_text=BACK)
    lines = drawn(numbers(over), highest_ms=seen.highest_ms)
    assert " FRT on chat 3.1 -> 6.6, up to 10.2 min since 09:40 (n=22, usual 2.6-3.9)" in lines
    assert SAID in "\n".join(drawn(numbers(over), highest_ms={"ep_1": 396_000.0}))


def test_the_table_has_no_usual_beside_the_alerts_own() -> None:
    [head] = [line for line in drawn(numbers(ALERT)) if line.lstrip().startswith("First response")]
    assert "before" in head
    assert "usual" not in head


@pytest.mark.parametrize(("minute", "hour"), [(0, "07"), (2, "08"), (59, "08")])
def test_the_query_asks_for_hours_that_are_over(minute: int, hour: str) -> None:
    at_8 = NOW // 3_600_000 * 3_600_000
    assert f"period < '2025-10-09 {hour}:00:00'" in query(at_8 + minute * 60_000)


def test_downloads_are_counted_as_the_bar_counts_them() -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    with shown(console) as report:
        report("kafka.jar", 129_000_000, 129_000_000)
    assert isinstance(console.file, io.StringIO)
    assert "129.0 of 129.0 MB" in console.file.getvalue()


@pytest.mark.parametrize("logs", [["logs"], []])
def test_logs_are_named_only_where_there_are_some(logs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_show: Show) -> None:
        for name in logs:
            (tmp_path / "demo" / name).mkdir()
        raise StackError("no network")

    def made(**_prefix: str) -> str:
        (tmp_path / "demo").mkdir()
        return str(tmp_path / "demo")

    monkeypatch.setattr("tempfile.mkdtemp", made)
    monkeypatch.setattr(Show, "begin", fail)
    said = CliRunner().invoke(app, ["demo", "--headless"])
    assert said.exit_code == 3
    assert "no network" in said.stderr
    assert ("The logs are kept in" in said.stderr) is bool(logs)
    assert (tmp_path / "demo").exists() is bool(logs)
