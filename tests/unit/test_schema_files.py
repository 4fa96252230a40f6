"""What writing the published schemas does to a promise that is already made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deskpulse import schema_files

MERGED = Path("ticket.merged/v1.json")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(schema_files, "FOLDER", tmp_path)
    return tmp_path


def _publish(folder: Path, change: Any) -> None:
    """As if an earlier release had promised something else about the ticket that another one was merged into."""
    schema = schema_files.generated()[MERGED]
    change(schema["$defs"]["Merged"])
    (folder / MERGED).write_text(json.dumps(schema))


def test_what_is_written_passes_the_check(folder: Path) -> None:
    assert schema_files.main(["--check"]) == 1
    assert schema_files.main([]) == 0
    assert schema_files.main(["--check"]) == 0
    assert sorted(path.relative_to(folder) for path in folder.glob("*/*.json")) == sorted(schema_files.generated())


def test_a_promise_that_the_log_relies_on_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema_files.main([])
    _publish(folder, lambda merged: merged.update(required=[]))
    promised = (folder / MERGED).read_bytes()
    assert schema_files.main([]) == 1
    assert (folder / MERGED).read_bytes() == promised
    assert "schemas/ticket.merged/v1.json $.data.into: is now required (writers first)" in capsys.readouterr().err


def test_a_wider_promise_replaces_the_old_one_and_says_who_goes_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema_files.main([])
    _publish(folder, lambda merged: merged["properties"]["into"].update(maxLength=10))
    assert schema_files.main([]) == 0
    assert schema_files.committed(MERGED) == schema_files.generated()[MERGED]
    assert "$.data.into: maxLength was 10, is 256 (readers first)" in capsys.readouterr().err


def test_the_check_names_the_file_that_differs_and_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema_files.main([])
    _publish(folder, lambda merged: merged.update(description="other words"))
    assert schema_files.main(["--check"]) == 1
    assert "schemas/ticket.merged/v1.json differs from the models: run python -m" in capsys.readouterr().err
