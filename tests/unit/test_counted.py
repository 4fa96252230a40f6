"""One thing is told as one: by the words themselves, by `deskpulse check` and by `deskpulse doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskpulse.cli import app
from deskpulse.counted import counted
from deskpulse.doctor.examine import examine
from deskpulse.settings import load

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.mark.parametrize(("number", "said"), [(0, "0 events"), (1, "1 event"), (2, "2 events"), (1000, "1,000 events")])
def test_only_one_is_told_as_one(number: int, said: str) -> None:
    assert counted(number, "event") == said


def test_a_plural_that_no_s_makes_is_given() -> None:
    assert [counted(number, "record waits", "records wait") for number in (1, 2)] == ["1 record waits", "2 records wait"]


@pytest.mark.parametrize(
    ("doors", "said"),
    [([1], "1 account, 1 source"), ([2], "1 account, 2 sources"), ([1, 0], "2 accounts, 1 source")],
    ids=["one of each", "two sources", "two accounts"],
)
def test_check_and_doctor_count_accounts_and_sources(doors: list[int], said: str, tmp_path: Path) -> None:
    """`doors`: how many sources each account has. JSON is YAML too."""
    accounts = {
        f"shop{at}": {"customer_key": f"a-key-of-shop-number-{at}", "sources": _sources(at, n)} for at, n in enumerate(doors)
    }
    (tmp_path / "deskpulse.yaml").write_text(json.dumps({"accounts": accounts}))
    assert CliRunner().invoke(app, ["check"]).output.endswith(f"): {said}.\n")
    assert next(examine(load())).text == said


def _sources(account: int, number: int) -> dict[str, object]:
    return {f"door{at}": {"vendor": "cloudevents", "tokens": [f"a-token-of-{account}-and-{at}"]} for at in range(number)}
