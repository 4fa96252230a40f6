"""The command line: help with examples, faults in a line or two, data as JSON, exit codes as documented."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deskpulse.cli import app
from deskpulse.settings import load

COMMANDS = (
    "up", "demo", "check", "doctor", "topics", "migrate", "apply", "gateway", "worker", "sink", "notify", "kafka", "clickhouse",
    "sources add", "sources list", "sources test", "dead-letters list", "dead-letters show",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("own_folder")


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.exit_code == 0
    assert "Examples:" in said.output
    assert f"deskpulse {command}" in " ".join(said.output.split())


def test_check_lists_every_fault_and_fails(tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text("kafka: {port: 0}\ngatway: {}\n")
    said = run("check")
    assert said.exit_code == 1
    assert "has 2 faults" in said.stderr
    assert "line 1: kafka.port" in said.stderr
    assert "line 2: gatway: unknown key; did you mean gateway?" in said.stderr


def test_check_tells_programs_in_json(tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text("gatway: {}\n")
    told = json.loads(run("check", "--json").stdout)
    assert told["ok"] is False
    assert [one["path"] for one in told["problems"]] == ["gatway"]
    (tmp_path / "deskpulse.yaml").write_text("")
    assert json.loads(run("check", "--json").stdout)["ok"] is True


def test_a_server_without_any_login_is_a_fault_and_commands_say_which_they_need(tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text("clickhouse: {url: 'http://db:8123'}\n")
    assert "needs logins: admin, writer, reader" in run("check").stderr
    said = run("migrate")
    assert said.exit_code == 2
    assert "clickhouse.admin" in said.stderr


def test_a_faulty_configuration_ends_any_command_with_2(tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text("gatway: {}\n")
    for command in ("topics", "apply", "doctor", "sink"):
        assert run(command).exit_code == 2


def test_a_cloudevents_source_gets_a_token_of_which_only_the_hash_is_kept(tmp_path: Path) -> None:
    said = run("sources", "add", "--account", "acme", "--name", "shop", "--vendor", "cloudevents")
    assert said.exit_code == 0, said.output
    token = said.output.split("Bearer ")[1].split("'")[0]
    assert token not in (tmp_path / "deskpulse.yaml").read_text()
    assert len(load().accounts["acme"].sources["shop"].tokens) == 1
    listed = json.loads(run("sources", "list", "--json").stdout)
    assert len(listed) == 1
    assert listed[0] | {
        "account": "acme", "source": "shop", "vendor": "cloudevents", "url": "http://127.0.0.1:8080/v1/events", "secrets": 1
    } == listed[0]  # fmt: skip


def test_a_zendesk_source_takes_its_secret_from_a_pipe_and_shows_the_clicks() -> None:
    said = run(
        "sources", "add", "--account", "acme", "--name", "desk", "--vendor", "zendesk", "--secret", "-", given="the-secret\n"
    )
    assert said.exit_code == 0, said.output
    assert "Admin Center" in said.output
    assert "/v1/webhooks/acme/desk" in said.output
    assert "the-secret" not in said.output
    assert load().accounts["acme"].sources["desk"].secrets[0].get_secret_value() == "the-secret"


def test_a_secret_on_the_command_line_is_refused() -> None:
    said = run("sources", "add", "--account", "acme", "--name", "desk", "--vendor", "zendesk", "--secret", "the-secret")
    assert said.exit_code == 2
    assert "history" in said.stderr
    assert not Path("deskpulse.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--account", "Acme"), "is no name"),
        (("--account", "acme", "--name", "desk", "--vendor", "zendsk"), "is not known; there are chatwoot, "),
        (("--account", "acme"), "--name is missing"),
    ],
)
def test_what_cannot_be_a_source_is_said_in_words(arguments: tuple[str, ...], fault: str) -> None:
    said = run("sources", "add", *arguments)
    assert said.exit_code == 2
    assert fault in said.stderr


def test_a_file_with_faults_gets_no_source(tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text("gatway: {}\n")
    said = run("sources", "add", "--account", "acme", "--name", "shop", "--vendor", "cloudevents")
    assert said.exit_code == 2
    assert (tmp_path / "deskpulse.yaml").read_text() == "gatway: {}\n"


def test_no_command_shows_the_commands() -> None:
    assert "doctor" in run().output


def test_it_says_its_version() -> None:
    said = run("--version")
    assert said.exit_code == 0
    assert said.output == f"deskpulse {metadata.version('deskpulse')}\n"
