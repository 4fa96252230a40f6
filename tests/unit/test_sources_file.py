"""Adding a source to deskpulse.yaml: what was there stays, comments and all."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.settings import load
from deskpulse.sources.file import CannotAddError, NewSource, has_customer_key, with_source
from deskpulse.sources.write import others_may_read, replace

KEY = "0123456789abcdef-a-key"
NEW = NewSource("acme", "helpdesk", "zendesk", secrets=("a secret: with a colon",), customer_key=KEY)


def settings_of(text: str, folder: Path) -> object:
    file = folder / "deskpulse.yaml"
    replace(file, text)
    return load(file).accounts["acme"].sources["helpdesk"].secrets[0].get_secret_value()


@pytest.mark.parametrize("before", ["", "\n", "# only a comment\n", "kafka: {port: 9092}\n", "accounts:\n"])
def test_the_new_source_can_be_read_back(before: str, tmp_path: Path) -> None:
    assert settings_of(with_source(before, NEW), tmp_path) == "a secret: with a colon"


def test_comments_order_and_quotes_stay() -> None:
    before = "# ours\nkafka:\n  port: 9092  # not the usual one\naccounts:\n  zed:\n    customer_key: 'quoted-quoted-quoted'\n"
    after = with_source(before, NEW)
    assert after.startswith(before)
    assert "  acme:\n" in after.removeprefix(before)


def test_an_account_keeps_its_key(tmp_path: Path) -> None:
    text = with_source("accounts:\n  acme:\n    customer_key: the-first-key-it-had\n", NEW)
    replace(tmp_path / "deskpulse.yaml", text)
    key = load(tmp_path / "deskpulse.yaml").accounts["acme"].customer_key
    assert key.get_secret_value() == "the-first-key-it-had"
    assert has_customer_key({"accounts": {"acme": {"customer_key": "x"}}}, "acme")
    assert not has_customer_key({"accounts": None}, "acme")


@pytest.mark.parametrize("before", ["- a list\n", "accounts: 7\n", "accounts: {acme: [1]}\n", "a: [\n"])
def test_a_file_that_cannot_take_it_is_left_alone(before: str) -> None:
    with pytest.raises(CannotAddError, match="Nothing was written"):
        with_source(before, NEW)


def test_a_second_source_of_that_name_is_refused() -> None:
    with pytest.raises(CannotAddError, match="has a source helpdesk already"):
        with_source(with_source("", NEW), NEW)


def test_a_new_file_is_for_its_owner_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.yaml"
    replace(file, "a")
    assert not others_may_read(file)
    file.chmod(0o640)
    replace(file, "b")
    assert others_may_read(file)
    assert file.read_text() == "b"
    assert list(tmp_path.iterdir()) == [file]
