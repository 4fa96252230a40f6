"""The shape of the code, held by tests: import directions, the size of a file, and whose `events` is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import events

ROOT = Path(__file__).parent.parent
PACKAGES = ("events", "ingest", "streams", "sinks", "schemas", "deskpulse", "tests", "bench")
MOST_LINES = 300


def test_the_package_events_is_ours_and_not_one_of_the_index() -> None:
    # The distribution `Events` installs a top-level package of the same name.
    assert events.__file__ is not None
    assert Path(events.__file__).parent == ROOT / "events"


def test_imports_go_one_way() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert lines, "no file was found: the test looks in the wrong place"
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
