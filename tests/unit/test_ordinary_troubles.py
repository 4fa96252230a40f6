"""What the world does to a data folder ends a command in a line, never in a trace."""

from __future__ import annotations

import importlib.util
import stat
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskpulse.applying import Applied
from deskpulse.cli import app, main
from deskpulse.local_clickhouse.tokens import load_or_create
from deskpulse.private import private
from deskpulse.running import Stack
from deskpulse.settings import Settings

pytestmark = pytest.mark.usefixtures("own_folder")


def ends_with(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["deskpulse", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("command", ["clickhouse", "kafka", "gateway", "worker", "sink", "notify", "migrate"])
def test_a_data_folder_that_is_a_file_is_said_in_a_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".deskpulse").write_text("")
    assert ends_with(monkeypatch, command) == 3
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(".deskpulse")
    assert "DESKPULSE_DATA" in said


def test_a_folder_that_refuses_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_file: Path, _text: str) -> None:
        raise PermissionError(13, "Permission denied", "/shop/.deskpulse.yaml.a1")

    monkeypatch.setattr("deskpulse.sources.put.replace", refuse)
    assert ends_with(monkeypatch, "sources", "add", "--account", "a", "--name", "b", "--vendor", "cloudevents") == 3
    assert capsys.readouterr().err.startswith("/shop/.deskpulse.yaml.a1: Permission denied. ")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"reader": 1, "writer": 2, "admin": 3}', "\udcff"])
def test_damaged_tokens_are_said_in_a_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    private(tmp_path / ".deskpulse" / "clickhouse")
    (tmp_path / ".deskpulse" / "clickhouse" / "tokens.json").write_bytes(text.encode(errors="surrogateescape"))
    assert ends_with(monkeypatch, "migrate") == 3
    assert "tokens.json is damaged. Remove it" in capsys.readouterr().err


def test_without_the_local_extra_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(
        "deskpulse.commands.clickhouse.find_spec", lambda name: None if name == "chdb" else known(name), raising=False
    )
    said = CliRunner().invoke(app, ["clickhouse"])
    assert said.exit_code == 1
    assert "needs the package chdb. Install it with: pip install 'deskpulse[local]'" in said.stderr


def test_a_data_folder_is_made_for_its_owner_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    load_or_create(tmp_path / "data" / "clickhouse")
    assert {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "data", tmp_path / "data" / "clickhouse")} == {0o700}
    (tmp_path / "old").mkdir(mode=0o755)
    private(tmp_path / "old" / "new")
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o755


def test_up_without_a_source_says_how_to_connect_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskpulse.running.stack.apply_settings", lambda _settings: Applied((), (), ()))
    monkeypatch.setattr("deskpulse.running.stack.services", lambda _settings, _workers: [])
    said: list[str] = []
    Stack(Settings(data=tmp_path), None).services_up(said.append, lambda: None)
    assert said[-1] == "No helpdesk is connected yet. Next: deskpulse sources add"
