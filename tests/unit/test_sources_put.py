"""`deskpulse sources add` never leaves a configuration that is faulty, and loses nobody's source."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deskpulse.cli import app
from deskpulse.settings import SettingsError, load
from deskpulse.sources.file import NewSource
from deskpulse.sources.pasted import MOST, NoSecretError, secret_of
from deskpulse.sources.put import put

FILE = Path("deskpulse.yaml")
KEY = "0123456789abcdef-a-key"


pytestmark = pytest.mark.usefixtures("own_folder")


def add(vendor: str, secret: str, given: bytes = b"", name: str = "desk") -> Result:
    told = ("sources", "add", "--account", "acme", "--name", name, "--vendor", vendor, "--secret", secret)
    return CliRunner().invoke(app, told, input=given)


@pytest.mark.parametrize(
    ("vendor", "secret", "given", "fault"),
    [
        ("dixa", "-", b"nothex", "no secret of dixa, which are hexadecimal digits"),
        ("zendesk", "${NOPE_NOT_SET}", b"", "the environment variable NOPE_NOT_SET is not set"),
        ("zendesk", "file:/nope", b"", "the file /nope cannot be read"),
    ],
)
def test_a_source_that_would_break_the_configuration_is_not_written(vendor: str, secret: str, given: bytes, fault: str) -> None:
    assert add("zendesk", "-", b"the-secret", name="first").exit_code == 0
    before = FILE.read_text()
    said = add(vendor, secret, given)
    assert said.exit_code == 1, "as `check` ends"
    assert fault in said.stderr
    assert "nothing was written" in said.stderr
    assert FILE.read_text() == before


def test_the_first_source_that_is_faulty_leaves_no_file() -> None:
    assert add("zendesk", "${NOPE_NOT_SET}").exit_code == 1
    assert not FILE.exists()


def test_a_secret_that_is_no_text_is_refused_in_words() -> None:
    said = add("zendesk", "-", b"\xff\xfe")
    assert said.exit_code == 2
    assert "not UTF-8 text" in said.stderr
    assert not FILE.exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [(b"", "no secret"), (b"one\ntwo\n", "several lines"), (b"a" * (MOST + 1), "more than 4,096"), (b"\xff\xfe", "not UTF-8")],
)
def test_what_cannot_be_a_secret_is_said(given: bytes, why: str) -> None:
    with pytest.raises(NoSecretError, match=why):
        secret_of(given)


@pytest.mark.parametrize("given", [b"\xef\xbb\xbfhush\r\n", b"hush\n", b" hush "])
def test_a_mark_of_byte_order_and_space_around_it_are_no_part_of_a_secret(given: bytes) -> None:
    assert secret_of(given) == "hush"


@pytest.mark.parametrize("field", ["customer_key", "secrets"])
def test_half_a_character_in_a_secret_is_a_fault(field: str) -> None:
    key, secret = (f'"\\uDCFF{KEY}"', "hush") if field == "customer_key" else (KEY, '"\\uDCFF"')
    sources = f"{{desk: {{vendor: zendesk, secrets: [{secret}]}}}}"
    FILE.write_text(f"accounts: {{acme: {{customer_key: {key}, sources: {sources}}}}}\n")
    with pytest.raises(SettingsError, match=rf"{field}.*: a secret is text in UTF-8"):
        load()


def test_sources_added_at_once_are_all_kept() -> None:
    def one(number: int) -> bool:
        return put(FILE, NewSource("acme", f"desk-{number}", "zendesk", secrets=("hush",), customer_key=f"{KEY}-{number}"))

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(one, range(16)))
    assert len(load().accounts["acme"].sources) == 16
    assert made.count(True) == 1, "one of them made the key of the account"


def test_a_helpdesk_elsewhere_is_told_to_need_a_way_in_and_what_runs_decides_what_is_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = add("zendesk", "-", b"hush").stdout
    assert "set gateway.public_url, or use a tunnel" in said
    assert said.endswith("Next: deskpulse up\n")
    monkeypatch.setattr("deskpulse.sources.next_step.is_running", lambda _settings: True)
    assert add("zendesk", "-", b"hush", name="two").stdout.endswith("The running gateway knows it from its next request on.\n")
    monkeypatch.setenv("DESKPULSE_GATEWAY__PUBLIC_URL", "https://hooks.example.com")
    assert "tunnel" not in add("zendesk", "-", b"hush", name="three").stdout
