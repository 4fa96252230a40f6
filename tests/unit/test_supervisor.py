"""The supervisor over small processes: whatever the disk says, what it started it ends."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Never

import pytest

from deskpulse.supervisor import Part, PartFailedError, Stage, State, Supervisor, child, pidfile
from deskpulse.supervisor.part import Backoff

PART = Part("sink", ("sink",), Stage.SERVICE, end_within_s=5.0)


class Sleepers:
    """Stands where processes are started: each sleeps, whatever it was to be."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, _command: list[str], **how: Any) -> subprocess.Popen[bytes]:
        one = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], **how)
        self.started.append(one)
        return one

    def alive(self) -> int:
        return sum(one.poll() is None for one in self.started)


@pytest.fixture
def sleepers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sleepers]:
    made = Sleepers()
    # Of that module alone: the fake itself starts processes.
    monkeypatch.setattr(child, "Popen", made)
    yield made
    for one in made.started:
        one.kill()
        one.wait()


@pytest.fixture
def supervisor(tmp_path: Path, sleepers: Sleepers) -> Supervisor:
    made = Supervisor(tmp_path, {}, backoff=Backoff(first_s=0.0, most_s=0.0))
    made.take_over()
    assert not sleepers.started
    return made


def disk_is_full(*_: object) -> Never:
    raise OSError(errno.ENOSPC, "No space left on device")


def ends(supervisor: Supervisor) -> bool:
    ending = threading.Thread(target=supervisor.end, daemon=True)
    ending.start()
    ending.join(10)
    return not ending.is_alive()


def killed(supervisor: Supervisor, sleepers: Sleepers) -> None:
    sleepers.started[-1].kill()
    sleepers.started[-1].wait()
    supervisor.look()


def test_a_part_whose_pid_cannot_be_written_does_not_run(
    supervisor: Supervisor, sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pidfile, "write", disk_is_full)
    with pytest.raises(PartFailedError, match=r"sink could not be started: .*No space left"):
        supervisor.start([PART])
    assert (len(sleepers.started), sleepers.alive()) == (1, 0)
    assert ends(supervisor)


def test_a_restart_that_fails_is_one_more_death(
    supervisor: Supervisor, sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.start([PART])
    sink = supervisor.children["sink"]
    sink.started_s = time.monotonic() - 3600  # its calm is no calm of the restarts that fail
    with monkeypatch.context() as full:
        full.setattr(pidfile, "write", disk_is_full)
        killed(supervisor, sleepers)
        for _ in range(3):
            supervisor.look()
    assert (sink.state, sink.deaths_in_a_row, sleepers.alive()) == (State.RESTARTING, 4, 0)
    assert "No space left" in sink.last_words()
    supervisor.look()
    assert (sink.state, sleepers.alive(), sink.start_error) == (State.STARTING, 1, "")
    assert ends(supervisor)
    assert sleepers.alive() == 0


def test_the_end_waits_for_nobody_who_was_not_told(supervisor: Supervisor, sleepers: Sleepers) -> None:
    supervisor.start([PART])
    # As after a step of the wall clock: the process is not known by the instant it began.
    supervisor.children["sink"].process = None
    assert ends(supervisor)
    assert sleepers.alive() == 0


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("Port 8080 is taken.\n2026-11-30 INFO uvicorn.error Shutdown complete.\n", "Port 8080 is taken."),
        (
            '{"level": "error", "event": "fold died"}\n{"level": "info", "event": "let go"}\n',
            '{"level": "error", "event": "fold died"}',
        ),
        ("2026-11-30 INFO sinks.loop assigned\n", "2026-11-30 INFO sinks.loop assigned"),
        ("", ""),
    ],
)
def test_its_last_words_are_why_it_ended_and_of_this_life(log: str, said: str, tmp_path: Path, sleepers: Sleepers) -> None:
    one = child.Child(PART, tmp_path, {})
    one.log_file.parent.mkdir(parents=True)
    one.log_file.write_text("an error of the life before\n")
    one.start()
    with one.log_file.open("a") as more:
        more.write(log)
    assert one.last_words() == said
    one.reap()
    assert sleepers.alive() == 0
