"""`deskpulse up`: everything runs, survives the death of any of its processes, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually
from tests.up_running import Up

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.timeout(600)]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up.prepare(tmp_path)
    running.start()
    yield running
    running.end()


def test_numbers_are_right_whatever_is_killed(up: Up) -> None:
    up.wait_until_open()
    up.post_ticket()
    up.wait_until_right()
    for part in ("gateway", "worker-1", "sink", "notify", "clickhouse", "kafka"):
        up.kill_part(part)
        up.post_ticket()
        up.wait_until_right()
    for server in ("clickhouse", "kafka"):
        up.kill_inside(server)
        up.post_ticket()
        up.wait_until_right()


def test_a_killed_supervisor_is_taken_over_and_ctrl_c_leaves_nothing_behind(up: Up) -> None:
    up.wait_until_open()
    up.post_ticket()
    before = up.processes()
    assert up.process is not None
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    assert any(process.is_running() for process in before), "the parts go on without their supervisor"

    up.start()
    eventually(lambda: "Ended what a killed Deskpulse had left running" in up.said(), 60)
    up.wait_until_open()
    up.post_ticket()
    up.wait_until_right()
    after = up.processes()
    assert not {process.pid for process in before} & {process.pid for process in after}
    assert _alive(before) == []

    tokens = up.folder / "data" / "clickhouse" / "tokens.json"
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    assert _second_up_is_refused(up)
    assert up.interrupt() == 0
    assert _alive(after) == []


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _second_up_is_refused(up: Up) -> bool:
    command = [sys.executable, "-m", "deskpulse", "up", "--config", str(up.folder / "deskpulse.yaml")]
    second = subprocess.run(command, cwd=up.folder, capture_output=True, text=True, check=False, timeout=60)
    return second.returncode == 3 and "already running" in second.stderr
