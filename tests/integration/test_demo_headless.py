"""The demo, as `make demo ARGS=--headless` runs it: the alert fires and resolves, and the numbers are those counted by hand."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.timeout(400)]


def test_the_demo_tells_its_story_and_leaves_nothing_behind() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deskpulse", "demo", "--headless"], capture_output=True, text=True, check=False, timeout=380
    )
    summary = json.loads(ended.stdout)
    assert summary["checks"] == dict.fromkeys(summary["checks"], True), ended.stderr
    assert ended.returncode == 0
    # As it was said when it opened, with all that it must tell.
    assert re.fullmatch(r"FRT on chat 3\.\d -> \d+\.\d min since \d\d:\d\d \(n=\d+, usual \d\.\d-\d\.\d\)", summary["alert"])
    assert summary["seconds_to_alert"] < 120
    assert summary["events_stored"] == summary["events_accepted"] > 3_000
    assert "\x1b" not in ended.stdout + ended.stderr


def test_ctrl_c_amid_the_start_leaves_nothing_running_and_no_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deskpulse", "demo", "--headless"]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True) as demo:
        eventually(lambda: any(process.name() == "java" for process in _below(demo.pid)), 60, "the broker starts")
        started = _below(demo.pid)
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=60)
    assert demo.returncode == 1, said
    assert "Ending everything ..." in said
    assert [process for process in started if process.is_running()] == []
    assert list(tmp_path.iterdir()) == []


def _below(pid: int) -> list[psutil.Process]:
    return list(psutil.Process(pid).children(recursive=True))
