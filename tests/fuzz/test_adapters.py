"""A short run of the fuzzer, the same inputs each time; `python -m tests.fuzz.adapters -max_total_time=3600` is the long one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 40_000
_BREAKS = """
from tests.fuzz.adapters import main

def law(vendor, raw, headers):
    assert vendor != "zendesk" or not raw.startswith(b"{"), "a law that is broken by the first fixture of a vendor"
    return 0

main(law)
"""


def _ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_no_input_that_is_led_by_coverage_breaks_the_law(tmp_path: Path) -> None:
    ran = _ran(tmp_path, "-m", "tests.fuzz.adapters", f"-runs={RUNS}", "-seed=7")
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert f"Done {RUNS} runs" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_law_is_found_and_its_input_kept(tmp_path: Path) -> None:
    """Else the run above proves nothing."""
    ran = _ran(tmp_path, "-c", _BREAKS, "-runs=2000", "-seed=7")
    assert ran.returncode != 0
    assert "AssertionError: a law that is broken" in ran.stdout + ran.stderr
    [kept] = tmp_path.glob("crash-*")
    assert kept.read_bytes()[2:3] == b"{"
