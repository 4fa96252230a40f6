"""The demo, as `make demo ARGS=--headless` runs it: the alert fires and resolves, and the numbers are those counted by hand."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.timeout(400)]


def test_the_demo_tells_its_story_and_leaves_nothing_behind() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deskpulse", "demo", "--headless"], capture_output=True, text=True, check=False, timeout=380
    )
    summary = json.loads(ended.stdout)
    assert summary["checks"] == dict.fromkeys(summary["checks"], True), ended.stderr
    assert ended.returncode == 0
    assert summary["alert"].startswith("FRT on chat 3.0 -> ")
    assert summary["events_stored"] == summary["events_accepted"] > 3_000
    assert "\x1b" not in ended.stdout + ended.stderr
