"""`deskpulse sources list`: the table, what it says where nobody knows, and its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskpulse.cli import app
from deskpulse.sources.activity import Activity
from deskpulse.sources.table import Listed, as_json, lines, rejects_elsewhere

NOW_MS = 1_772_445_600_000
DESK = Listed("acme", "desk", "zendesk", "http://gate/v1/webhooks/acme/desk", 1)
SHOP = Listed("north-shop", "orders", "cloudevents", "http://gate/v1/events", 2)
SEEN = {
    ("acme", "desk"): Activity(NOW_MS - 194_000, 12, 1_340, 3, 1_840, 65_000),
    ("acme", "gone"): Activity(NOW_MS, 1, 1, 4, 1, 1),
    ("", ""): Activity(rejects_day=5),
}
_YAML = """
accounts:
  acme:
    customer_key: a-key-of-the-tests-0123456789
    sources: {desk: {vendor: zendesk, secrets: [the-secret]}}
"""


def test_a_line_says_what_arrived_and_how_late() -> None:
    assert lines([DESK, SHOP], SEEN, NOW_MS) == [
        "SOURCE             VENDOR       LAST EVENT      HOUR    DAY  REJECTED  LATE               SECRETS  URL",
        "acme/desk          zendesk      3 min 14 s ago    12  1,340         3  1.8 s / 1 min 5 s  1        http://gate/v1/webhooks/acme/desk",
        "north-shop/orders  cloudevents  never              0      0         0  -                  2        http://gate/v1/events",
    ]


def test_where_nobody_knows_no_number_is_made_up() -> None:
    assert lines([DESK], None, NOW_MS)[1].split() == ["acme/desk", "zendesk", *"?????", "1", DESK.url]
    [told] = as_json([DESK], None)
    assert told == {
        "account": "acme",
        "source": "desk",
        "vendor": "zendesk",
        "url": DESK.url,
        "secrets": 1,
        "last_ms": None,
        "events_hour": None,
        "events_day": None,
        "rejects_day": None,
        "late_median_ms": None,
        "late_p90_ms": None,
    }


def test_json_tells_a_source_that_is_silent_from_one_that_is_unknown() -> None:
    desk, shop = as_json([DESK, SHOP], SEEN)
    assert (desk["last_ms"], desk["events_day"], desk["late_p90_ms"]) == (NOW_MS - 194_000, 1_340, 65_000)
    assert (shop["last_ms"], shop["events_day"], shop["late_p90_ms"]) == (None, 0, None)


def test_rejects_of_no_source_here_are_not_lost() -> None:
    assert rejects_elsewhere([DESK, SHOP], SEEN) == 9


def test_a_clock_that_is_not_the_walls_shows_no_lateness() -> None:
    [_, line] = lines([DESK], {("acme", "desk"): Activity(NOW_MS, 1, 1)}, NOW_MS)
    assert line.split()[2:7] == ["0", "s", "ago", "1", "1"]
    assert " -  " in line


def test_without_a_database_the_list_says_so_and_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DESKPULSE_CONFIG", raising=False)
    (tmp_path / "deskpulse.yaml").write_text(_YAML)
    said = CliRunner().invoke(app, ["sources", "list"])
    assert said.exit_code == 0
    assert "acme/desk" in said.stdout
    assert said.stderr == "What arrived is not known: no ClickHouse has run in .deskpulse yet. Start it: deskpulse up\n"
    told = json.loads(CliRunner().invoke(app, ["sources", "list", "--json"]).stdout)
    assert told[0]["events_day"] is None
    assert not (tmp_path / ".deskpulse").exists()


def test_a_source_that_is_not_configured_cannot_be_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DESKPULSE_CONFIG", raising=False)
    (tmp_path / "deskpulse.yaml").write_text(_YAML)
    said = CliRunner().invoke(app, ["sources", "test", "acme/dsk"])
    assert said.exit_code == 2
    assert said.stderr == "There is no source acme/dsk. There are: acme/desk\n"
